/**
 * A report as a folder of files: a page, its script and style, and its data. It opens from the disk and asks
 * nothing of a network. Data is a script that sets one variable, because a page from the disk may read no file.
 */
import type { Layout } from "../charts/dot.js";
import type { DocumentSource, Documents } from "../documents/source.js";
import { siteData } from "./collect.js";

/** The page's script and style, as the build made them. */
export interface SiteAssets {
  readonly script: string;
  readonly style: string;
}

export function siteOf(source: DocumentSource, layout: Layout, { script, style }: SiteAssets): Documents {
  return new Map([
    ["index.html", html],
    ["page.js", script],
    ["page.css", style],
    ["data.js", `window.leasehold = ${scriptJson(siteData(source, layout))};\n`],
  ]);
}

/** JSON that stays one literal wherever a script may stand: no tag ends it and no line separator breaks it. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src data:; base-uri 'none'; form-action 'none'">
<title>Leasehold report</title>
<link rel="stylesheet" href="page.css">
<link rel="icon" href="data:,">
</head>
<body>
<noscript>This report needs JavaScript. The same findings are in the text that <code>leasehold verify</code> prints.</noscript>
<div id="page"></div>
<script src="data.js"></script>
<script src="page.js"></script>
</body>
</html>
`;
