export interface OutgoingMessage {
  /** JSON-serialisable. */
  readonly data: unknown;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Publisher {
  /** Resolves once the topic has stored the message. @throws {TransientError} it may or may not have been stored */
  publish(topic: string, message: OutgoingMessage): Promise<void>;
}
