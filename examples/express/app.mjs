// A shop that sells a course and a membership: an Express application with the official client.
import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

/** `client` is the official client, `secret` what webhooks are signed with. */
export function createShop({ client, secret }) {
  const app = express();
  const members = new Map(); // e-mail -> { course, status }
  const seen = new Set(); // deliveries that were dealt with: the same one may come twice

  const member = (email) => {
    if (!members.has(email)) members.set(email, { course: false, status: "none" });
    return members.get(email);
  };

  const handlers = {
    "order.completed": (event) => (member(event.customer.email).course = true),
    "order.refunded": (event) => (member(event.customer.email).course = false),
    "customer.subscription.created": follow,
    "customer.subscription.updated": follow,
    "customer.subscription.deleted": follow,
  };

  function follow(event) {
    member(event.customer.email).status = event.subscription.status;
  }

  // The signature is that of the bytes as they came in: no JSON parser before this route.
  app.post("/webhooks", express.raw({ type: "application/json", limit: "1mb" }), (request, response) => {
    if (!isSigned(request.body, request.get("X-Pocketsflow-Signature"), secret)) {
      return response.status(401).send("the signature does not match");
    }
    const event = JSON.parse(request.body);
    const delivery = `${event.event}/${event.timestamp}/${event.customer?.email}`;
    if (!seen.has(delivery)) {
      handlers[event.event]?.(event);
      seen.add(delivery);
    }
    response.sendStatus(200);
  });

  app.post("/buy", express.json(), async (request, response) => {
    const session = await client.checkout.create({
      productId: request.body.product,
      customerEmail: request.body.email,
      successUrl: "https://shop.example.com/thanks",
      cancelUrl: "https://shop.example.com/cart",
    });
    response.json({ url: session.url, id: session.id });
  });

  app.get("/members/:email", (request, response) => {
    const { course, status } = member(request.params.email);
    const access = ["active", "trialing", "past_due"].includes(status);
    response.json({ course, status, access });
  });

  return app;
}

function isSigned(body, signature, secret) {
  if (!Buffer.isBuffer(body) || !/^[0-9a-f]{64}$/.test(signature ?? "")) return false;
  const expected = createHmac("sha256", secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, "hex"));
}
