// check.mjs FILE: what AsyncAPI's own parser finds wrong with a document; nothing where it is right.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
// Hints are on what a document might have besides (a licence, tags, a newer minor version).
const wrong = diagnostics.filter(({ severity }) => severity < 2);
for (const { path, message } of wrong) console.log(`${path.join(".")}: ${message}`);
if (!document && wrong.length === 0) console.log("it can't be read");
process.exitCode = wrong.length === 0 && document ? 0 : 1;
