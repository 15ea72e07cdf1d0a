/** The wardrobe on Cloud SQL: Google's connector and Debian's PostgreSQL, with the grants of docs/wardrobe.md. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isFree } from '@hangtag/emulators/processes/ports.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { WardrobeDatabase } from '@hangtag/wardrobe/data/database.js';
import { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { NO_PROFILE } from '@hangtag/wardrobe/profile.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { CloudSqlPeer, CONNECTOR_PORT, cloudSqlDatabase } from '../support/cloud-sql-peer.js';
import { hasProgram } from '../support/has-program.js';
import { postgres, postgresPrograms, type TestDatabase } from '../support/postgres.js';
import { rejection } from '../support/rejection.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

const API_USER = 'hangtag-api@demo-shop.iam';
const OPERATOR = 'jane@example.com';
const PROCESS_MS = 60_000;
const JANE = { tenant: 'default', uid: 'jane' };
const PROFILE = { ...NO_PROFILE, climate: 'south' } as const;

/** The statements that the documentation asks an administrator to run: those for the API, and those for an operator. */
function documentedGrants(): readonly string[] {
  const blocks = readFileSync(fromRoot('docs/wardrobe.md'), 'utf8').matchAll(/```sql\n(.*?)```/gs);
  return [...blocks].map(([, text = '']) => text.replaceAll('PROJECT', 'demo-shop'));
}

describe('The wardrobe on Cloud SQL', function () {
  this.timeout(180_000);
  const folder = temporaryDirectory();
  let server: TestDatabase;
  let peer: CloudSqlPeer;
  let psql: (text: string, user?: string) => string;

  before(async function () {
    const programs = postgresPrograms();
    if (programs === undefined) skip(this, 'expected PostgreSQL in /usr/lib/postgresql but found none');
    if (!hasProgram('openssl')) skip(this, 'expected openssl on the PATH but found none');
    if (!(await isFree(CONNECTOR_PORT)))
      skip(this, `expected port ${CONNECTOR_PORT} to be free but it is taken`);
    server = await postgres(programs);
    const { hostname, port } = new URL(server.url);
    psql = (input, user = 'owner') =>
      execFileSync(
        join(programs, 'psql'),
        ['-h', hostname, '-p', port, '-U', user, '-d', 'wardrobe', '-At', '-v', 'ON_ERROR_STOP=1'],
        { input, encoding: 'utf8' },
      ).trim();
    execFileSync(join(programs, 'createdb'), ['-h', hostname, '-p', port, '-U', 'owner', 'wardrobe']);
    psql(`create role "${API_USER}" login; create role "${OPERATOR}" login;`);
    psql(documentedGrants()[0] ?? '');
    peer = new CloudSqlPeer(folder, Number(port));
    await peer.listen();
  });

  after(async () => {
    await peer?.close();
    await server?.close();
  });

  const database = (settings?: Readonly<Record<string, string>>) =>
    cloudSqlDatabase(peer.api, peer.accessToken, settings);

  /** @returns what a process prints that opens and closes the database. @throws if it does not end by itself, or fails */
  const opening = async (token = peer.accessToken) => {
    const args = [fromRoot('test/dist/fixtures/open-cloud-sql.js'), peer.api, token];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: PROCESS_MS });
    expect(stderr).to.equal('');
    return stdout.trim();
  };

  it('takes connections with a certificate for the access token', async () => {
    const opened = await WardrobeDatabase.open(database());
    const store = new WardrobeStore(opened);
    await store.keepProfile(JANE, PROFILE);

    const { profile } = await store.history(JANE);
    const connections = peer.connections;
    await store.close();

    expect(profile).to.deep.equal(PROFILE);
    expect(peer.certified).to.deep.equal([
      { caller: `Bearer ${peer.accessToken}`, signIn: peer.accessToken },
    ]);
    expect(connections).to.be.within(1, 4);
    expect(new Set(peer.clients)).to.deep.equal(new Set(['ephemeral']));
    await until('all connections to be closed', () => peer.connections === 0);
  });

  it('lets a process end that has closed it', async () => {
    expect(await opening()).to.equal('open');
  });

  it('hides the rows of other people from its user, who owns the tables', async () => {
    const opened = await WardrobeDatabase.open(database());
    const store = new WardrobeStore(opened);
    await store.keepProfile(JANE, PROFILE);

    const stolen = await store.history({ tenant: 'default', uid: 'eve' });
    const seen = psql('select count(*) from profiles', API_USER);
    const kept = psql('select count(*) from profiles');
    await store.close();

    expect(stolen.profile).to.deep.equal(NO_PROFILE);
    expect(psql("select tableowner from pg_tables where tablename = 'profiles'")).to.equal(API_USER);
    expect({ seen, kept }).to.deep.equal({ seen: '0', kept: '1' });
  });

  it('lets an operator with the documented grants erase a person', async () => {
    const opened = await WardrobeDatabase.open(database());
    await new WardrobeStore(opened).keepProfile(JANE, PROFILE);
    await opened.close();
    psql(documentedGrants()[1] ?? '');

    const store = new WardrobeStore(
      await WardrobeDatabase.open(database({ HANGTAG_CLOUD_SQL_USER: OPERATOR })),
    );
    const erased = await store.erase(JANE);
    await store.close();

    expect(erased).to.equal(1);
    expect(psql('select count(*) from profiles')).to.equal('0');
  });

  it('is an error if the sign-in is refused', async () => {
    const error = await rejection(WardrobeDatabase.open(cloudSqlDatabase(peer.api, 'of somebody else')));

    expect(error).to.be.instanceOf(TransientError);
    expect(String((error as Error).cause)).to.include('no sign-in');
    expect(await opening('of somebody else')).to.include('no sign-in');
  });

  it('is an error, and no more, if the connection is refused and the certificate cannot be renewed', async () => {
    await peer.closeForClients();
    peer.mostCertificates = peer.certified.length + 1;

    const printed = await opening();
    peer.mostCertificates = Number.POSITIVE_INFINITY;
    await peer.listenForClients();

    expect(printed).to.include('ECONNREFUSED');
  });
});
