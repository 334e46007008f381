/** One file on its way to the server: how far it is, what became of it, and giving it up. */
import { basePath, csrfToken } from "./api.ts";
import { say } from "./words.ts";

export interface Uploaded {
  id?: string;
  name?: string;
  detail?: string;
}

export interface Upload {
  cancel(): void;
}

export interface Ends {
  progress(part: number): void;
  done(answer: Uploaded): void;
  failed(reason: string): void;
}

/** Sends a file as the part `file` of a form. XMLHttpRequest, because fetch does not tell how far an upload is. */
export function upload(action: string, file: File, ends: Ends): Upload {
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append("file", file);
  request.open("POST", basePath() + action);
  request.setRequestHeader("X-CSRF-Token", csrfToken());
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => ends.progress(loaded / total);
  request.onload = () => {
    const answer = (request.response ?? {}) as Uploaded;
    if (request.status >= 300 || !answer.id) ends.failed(answer.detail ?? say("failed"));
    else ends.done(answer);
  };
  request.onerror = () => ends.failed(say("offline"));
  request.send(form);
  return { cancel: () => request.abort() };
}
