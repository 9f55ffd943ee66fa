// Parses an AsyncAPI document with every reference in it, and fails on any error; run by run.sh.
import { fromFile, Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
for (const { severity, path, message } of diagnostics) {
  if (severity === ERROR) console.error(`${path.join(".")}: ${message}`);
}
if (document === undefined) process.exit(1);
const { length: messages } = document.messages().all();
const { length: operations } = document.operations().all();
console.log(`${document.channels().all().length} channels, ${messages} messages, ${operations} operations`);
