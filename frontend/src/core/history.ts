/** What views with a long history do to a conversation, and the widget does not. */
import type { Conversation } from "./conversation.ts";

const reading = new WeakSet<Conversation>();

/** Whether older messages are on their way. */
export function isReading(talk: Conversation | undefined): boolean {
  return talk !== undefined && reading.has(talk);
}

/** Reads the page before the oldest message, once at a time. */
export async function readOlder(talk: Conversation): Promise<void> {
  const { replica, source, changed } = talk;
  if (reading.has(talk) || !replica.more) return;
  reading.add(talk);
  changed();
  try {
    const page = await source.page(replica.oldest);
    replica.addPage(page.messages, page.more);
  } finally {
    reading.delete(talk);
    changed();
  }
}

/** Throws away what could not be sent. */
export function discard(talk: Conversation | undefined, key: string): void {
  if (!talk) return;
  talk.replica.pending = talk.replica.pending.filter((each) => each.key !== key);
  talk.changed();
}
