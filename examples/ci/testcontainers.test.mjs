// Testcontainers for Node: the image of the emulator, for a test that brings its own receiver.
// Not executed by this project's tests, which have no Docker engine.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GenericContainer, TestContainers, Wait } from "testcontainers";
import { startShop } from "./shop.mjs"; // your application: resolves to its port

const secret = "whsec_pocketsflow_emulator";
let container, emulator;

before(async () => {
  const port = await startShop({ secret });
  await TestContainers.exposeHostPorts(port); // before the container starts
  container = await new GenericContainer("registry.example.com/pocketsflow-emulator:0.1")
    .withExposedPorts(6060)
    .withEnvironment({
      POCKETSFLOW_EMULATOR_CLOCK: "virtual",
      POCKETSFLOW_EMULATOR_SECRET: secret,
      // the way back: the host, as Testcontainers names it inside of containers
      POCKETSFLOW_EMULATOR_WEBHOOK: `http://host.testcontainers.internal:${port}/webhooks`,
    })
    .withWaitStrategy(Wait.forHttp("/_emulator/health", 6060))
    .start();
  emulator = `http://${container.getHost()}:${container.getMappedPort(6060)}`;
});

after(() => container?.stop());

test("a trial that ends is charged", async () => {
  const answer = await fetch(`${emulator}/_emulator/scenarios/trial-converts/run`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
  });
  const { result } = await answer.json();
  assert.ok(result.ok, JSON.stringify(result.misses));
});
