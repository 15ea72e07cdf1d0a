/** PostgreSQL on Cloud SQL, by Google's connector: mutual TLS to the instance, and a sign-in by IAM without a password. */
import {
  AuthTypes,
  Connector,
  type ConnectorOptions,
  type DriverOptions,
  IpAddressTypes,
} from '@google-cloud/cloud-sql-connector';

export interface CloudSqlDatabase {
  /** `project:region:instance`. */
  readonly instance: string;
  readonly database: string;
  /** The database user of the account whose credentials this process has. */
  readonly user: string;
  /** Other credentials than those of the environment, or another server that speaks the SQL Admin API. */
  readonly options?: ConnectorOptions;
}

export interface CloudSqlConnection {
  /** For pg. */
  readonly config: DriverOptions & Pick<CloudSqlDatabase, 'user' | 'database'>;
  /** Renews the certificate, and keeps the process running, until it is closed. */
  readonly connector: Connector;
}

/** Asks for the address of the instance and a certificate for it. @throws the error of the SQL Admin API or of the credentials */
export async function connectCloudSql(place: CloudSqlDatabase): Promise<CloudSqlConnection> {
  const { instance, database, user, options } = place;
  const connector = new Connector(options);
  // If this fails, nothing was started. `connector.close()` would then cause an unhandled rejection.
  const { stream } = await connector.getOptions({
    instanceConnectionName: instance,
    ipType: IpAddressTypes.PUBLIC,
    authType: AuthTypes.IAM,
  });
  return { config: { stream, user, database }, connector };
}
