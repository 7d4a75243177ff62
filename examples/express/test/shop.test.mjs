// pocketsflow-emulator exec --clock virtual -- npm test
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Pocketsflow } from "pocketsflow";
import { createShop } from "../app.mjs";

const { POCKETSFLOW_BASE_URL: baseUrl, POCKETSFLOW_API_KEY: apiKey } = process.env;
const secret = process.env.POCKETSFLOW_WEBHOOK_SECRET;
const client = new Pocketsflow({ apiKey, baseUrl });
let server, shop;

before(async () => {
  const app = createShop({ client, secret });
  await new Promise((ready) => (server = app.listen(0, "127.0.0.1", ready)));
  shop = `http://127.0.0.1:${server.address().port}`;
  await emulator("actions/create_webhook", { url: `${shop}/webhooks`, secret });
});

after(() => {
  server.close();
  server.closeAllConnections();
});

/** Asks the control API, and waits until what it causes has been delivered. */
async function emulator(path, body = {}) {
  const answer = await fetch(`${baseUrl}/_emulator/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json();
  assert.equal(answer.status, 200, said.message);
  if (said.pending) await emulator("settle"); // something was being delivered already
  return said.result;
}

const read = async (email) => (await fetch(`${shop}/members/${email}`)).json();

test("a course that is bought can be used, until it is refunded", async () => {
  const product = await client.products.create({ name: "Course", price: 60, published: true });
  const bought = await fetch(`${shop}/buy`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ product: product._id, email: "jane@example.com" }),
  });
  const order = await emulator(`checkout/${(await bought.json()).id}/complete`);
  assert.equal((await read("jane@example.com")).course, true);

  await client.refunds.create({ orderId: order.order_id });
  await emulator("settle"); // what the API causes is sent after its answer
  assert.equal((await read("jane@example.com")).course, false);
});

test("a member whose card fails for good loses access", async () => {
  const offer = await emulator("actions/create_offer", { name: "Pro", price: "29.00" });
  const sub = await emulator("actions/subscribe", { offer: offer.id, email: "tom@example.com" });
  assert.equal((await read("tom@example.com")).access, true);

  await emulator("actions/decline_next", { payer: sub.id, times: "until_new_card" });
  await emulator("clock/advance", { months: 2 });
  assert.deepEqual(await read("tom@example.com"), { course: false, status: "canceled", access: false });
});
