// A merchant's receiver, as one would write it in Node: it shares nothing with the emulator.
//
// Prints its port. Answers 200 to what is signed with $SECRET and 401 to the rest. When its standard
// input ends it prints {"verified", "unverified", "signatures"} and is gone.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const report = { verified: 0, unverified: 0, signatures: [] };

function isSigned(body, signature) {
  const expected = createHmac("sha256", process.env.SECRET).update(body).digest("hex");
  const [left, right] = [Buffer.from(expected), Buffer.from(signature)];
  return left.length === right.length && timingSafeEqual(left, right);
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const signature = request.headers["x-pocketsflow-signature"] ?? "";
    const signed = isSigned(Buffer.concat(chunks), signature);
    report[signed ? "verified" : "unverified"] += 1;
    report.signatures.push(signature);
    response.writeHead(signed ? 200 : 401).end();
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));

process.stdin.resume().on("end", () => {
  console.log(JSON.stringify(report));
  process.exit(0);
});
