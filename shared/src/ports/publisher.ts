export interface OutgoingMessage {
  /** JSON-serialisable. */
  readonly data: unknown;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Publisher {
  /** Resolves when the topic has stored the message. @throws {TransientError} the message may or may not be stored */
  publish(topic: string, message: OutgoingMessage): Promise<void>;
}
