/** What travels over `/ws` and what a view sees of a conversation. */

export interface Sender {
  id: string;
  kind: "user" | "contact" | "assistant" | "system";
  name: string;
}

export interface Citation {
  n: number;
  source: string;
  chunk: string;
  title: string;
  heading?: string[] | string | null;
  quote?: string | null;
  page?: number | null;
  url?: string | null;
}

/** What a message replies to, in short; without words when it is deleted. */
export interface Quote {
  seq: number;
  sender: Sender;
  body: string;
}

/** Everybody who reacted so is counted, the first of them are named. */
export interface Reaction {
  emoji: string;
  count: number;
  actors: string[];
}

/** A file of a message. `placeholder` is a picture's blurred look; `variants` names its smaller copies. */
export interface Attachment {
  id: string;
  name: string;
  kind: string;
  media_type: string;
  size: number;
  width: number | null;
  height: number | null;
  placeholder: string | null;
  duration_ms: number | null;
  variants: string[];
}

export interface Meta {
  run?: string;
  mode?: string;
  citations?: Citation[];
  [key: string]: unknown;
}

export interface Message {
  id: string;
  seq: number;
  mod: number;
  chat: string;
  sender: Sender;
  kind: string;
  visibility: "public" | "internal";
  body: string;
  html: string;
  meta: Meta;
  created_at: string;
  edited_at?: string | null;
  deleted_at?: string | null;
  pinned_at?: string | null;
  reply_seq?: number | null;
  reply?: Quote | null;
  reactions?: Reaction[];
  attachments?: Attachment[];
}

/** A message of ours that the server has not confirmed. `seq` is set as soon as its place is known. */
export interface Pending {
  key: string;
  body: string;
  visibility: Message["visibility"];
  at: number;
  state: "sending" | "failed";
  reason?: string;
  /** The refusal's code, for what a view can do about it. */
  code?: string;
  /** Further fields of the request, chosen by the view. */
  extra?: Record<string, unknown> | undefined;
  seq?: number;
}

/** An answer while it is being written; `text` is what has arrived without a gap. */
export interface Draft {
  run: string;
  state: string;
  text: string;
}

export interface Frame {
  v?: number;
  type: string;
  chat?: string;
  seq?: number;
  mod?: number;
  ts?: string;
  cid?: string;
  data?: Record<string, unknown>;
}

export interface Page {
  messages: Message[];
  more: boolean;
}
