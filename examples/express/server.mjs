// The shop as it runs: PORT, and what the official client and the webhooks need.
import { Pocketsflow } from "pocketsflow";
import { createShop } from "./app.mjs";

const client = new Pocketsflow({
  apiKey: process.env.POCKETSFLOW_API_KEY ?? "pk_test_example",
  baseUrl: process.env.POCKETSFLOW_BASE_URL, // unset: the real Pocketsflow
});
const secret = process.env.POCKETSFLOW_WEBHOOK_SECRET ?? "whsec_pocketsflow_emulator";
const server = createShop({ client, secret }).listen(process.env.PORT ?? 3000, "0.0.0.0", () => {
  console.log(`listening on ${server.address().port}`);
});
