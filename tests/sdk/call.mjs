// Calls methods of the client, one JSON line each: {"method": "products.get", "arguments": [...]}.
import { createInterface } from "node:readline";
import { Pocketsflow, PocketsflowError } from "pocketsflow";

const [baseUrl, apiKey] = process.argv.slice(2);
const client = new Pocketsflow({ apiKey, baseUrl });

for await (const line of createInterface({ input: process.stdin })) {
  const { method, arguments: given } = JSON.parse(line);
  const [resource, name] = method.split(".");
  let said;
  try {
    said = { answer: await client[resource][name](...given) };
  } catch (error) {
    const known = error instanceof PocketsflowError;
    said = { error: { known, message: error.message, code: error.code, status: error.status } };
  }
  console.log(JSON.stringify(said));
}
