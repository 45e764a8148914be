/** The port to issues: what a run works on, and marking it resolved when the run is done. */
import type { Failed, Invisible } from "./failure.js";

export const issueStatuses = ["open", "resolved", "closed"] as const;
export type IssueStatus = (typeof issueStatuses)[number];

export interface Issue {
  readonly id: string;
  readonly title: string;
  readonly status: IssueStatus;
}

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

export interface Issues {
  show(id: string): Promise<IssueSight>;
  resolve(id: string): Promise<IssueChanged>;
}
