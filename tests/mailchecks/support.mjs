// What of a mail's HTML and CSS Gmail, Outlook, Apple Mail and Yahoo do not have: pairs of feature and program, as JSON.
import { readFileSync } from "node:fs";
import css from "@adobe/css-tools";
import { caniemail, parseHtml } from "caniemail";

const clients = ["gmail.*", "outlook.*", "apple-mail.*", "yahoo.*"];
const html = readFileSync(process.argv[2], "utf8");

// The checker looks at the rules outside of @media only; what stands within is shown to it by itself.
const within = parseHtml(html)
  .stylesheets.flatMap((sheet) => sheet.stylesheet.rules)
  .flatMap((rule) => rule.rules ?? []);
const inner = css.stringify({ type: "stylesheet", stylesheet: { rules: within } });

const found = new Map();
for (const given of [{ html }, ...(within.length ? [{ css: inner }] : [])]) {
  for (const [client, issues] of caniemail({ clients, ...given }).issues.errors) {
    for (const issue of issues) found.set(`${issue.title} ${client}`, [issue.title, client]);
  }
}
process.stdout.write(JSON.stringify([...found.values()]));
