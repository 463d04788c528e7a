// X's own counter: a text in JSON on each line in, its length and its addresses in JSON on each line out.
const { createInterface } = require("node:readline");
const { extractUrlsWithIndices, parseTweet } = require("twitter-text");

createInterface({ input: process.stdin }).on("line", (line) => {
  const text = JSON.parse(line);
  const addresses = extractUrlsWithIndices(text.normalize()).map((each) => each.url);
  process.stdout.write(JSON.stringify([parseTweet(text).weightedLength, addresses]) + "\n");
});
