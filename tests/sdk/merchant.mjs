// A merchant as one writes it: sells by a checkout session, fulfils on the webhook, refunds.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { Pocketsflow } from "pocketsflow";

const [baseUrl, apiKey] = process.argv.slice(2);
const client = new Pocketsflow({ apiKey, baseUrl });
const log = [];
let secret;

async function handle(event) {
  if (event.event === "order.completed") {
    const order = await client.orders.get(event.order.id);
    log.push(["paid", order.buyerEmail, order.grossAmount, event.metadata]);
    await client.refunds.create({ orderId: order._id, reason: "changed_mind" });
  }
  if (event.event === "order.refunded") {
    log.push(["refunded", event.refund.amount, event.refund.reason]);
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const body = Buffer.concat(chunks);
    const expected = createHmac("sha256", secret).update(body).digest();
    const actual = Buffer.from(request.headers["x-pocketsflow-signature"], "hex");
    if (!timingSafeEqual(expected, actual)) {
      response.writeHead(401).end();
      return;
    }
    await handle(JSON.parse(body));
    response.writeHead(200).end();
  });
});

server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/webhooks`;
  const webhook = await client.webhooks.create({ url, events: ["order.completed", "order.refunded"] });
  secret = webhook.secret;
  const product = await client.products.create({ name: "Course", price: 60 });
  const session = await client.checkout.create({
    productId: product._id,
    successUrl: "https://shop.example.com/thanks?for=you",
    cancelUrl: "https://shop.example.com/cart",
    customerEmail: "jane@example.com",
    metadata: { user: 7 },
  });
  const finished = await fetch(`${baseUrl}/_emulator/checkout/${session.id}/complete`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Pocketsflow-World": apiKey },
  });
  const { result, deliveries } = await finished.json();
  server.close();
  server.closeAllConnections();
  console.log(JSON.stringify({ url: session.url, landed: result.landing_url, log, deliveries }));
});
