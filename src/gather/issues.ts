/** The port to issues: what a run works on, and marking it resolved when the run is done. */
import type { Failed, Invisible } from "./failure.js";

/** Where an issue stands: open, done, or closed without having been done. */
export const issueStatuses = ["open", "resolved", "closed"] as const;
/** Name of a status. */
export type IssueStatus = (typeof issueStatuses)[number];

/** An issue as its tracker shows it. */
export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly status: IssueStatus;
}

/** What a look at an issue came to. */
export type IssueSight =
  | { readonly kind: "found"; readonly issue: Issue }
  | { readonly kind: "absent" }
  | Invisible;

/** `unchanged`: it was resolved or closed already; resolving again changes nothing. */
export type IssueChanged =
  | { readonly kind: "resolved" }
  | { readonly kind: "unchanged"; readonly status: IssueStatus }
  | { readonly kind: "absent" }
  | Failed;

/** Issues of one tracker. What cannot be seen or done comes back as a value. */
export interface Issues {
  /** Looks at one issue; `absent` when the tracker has none of this id. */
  show(id: string): Promise<IssueSight>;
  /** Closes an open issue as done; one that is not open is left as it is. */
  resolve(id: string): Promise<IssueChanged>;
}
