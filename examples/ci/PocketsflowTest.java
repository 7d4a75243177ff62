// Testcontainers for Java, with JUnit 5: the image of the emulator, for a test that brings its own
// receiver. Not compiled and not executed by this project's tests, which have no Docker engine.
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.testcontainers.Testcontainers;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

class PocketsflowTest {
    static final int SHOP = 3000; // your application, on a port of this machine

    @Test
    void aTrialThatEndsIsCharged() throws Exception {
        Testcontainers.exposeHostPorts(SHOP); // before the container starts
        var image = DockerImageName.parse("registry.example.com/pocketsflow-emulator:0.1");
        try (var emulator = new GenericContainer<>(image)
                .withExposedPorts(6060)
                .withEnv("POCKETSFLOW_EMULATOR_CLOCK", "virtual")
                // the way back: the host, as Testcontainers names it inside of containers
                .withEnv(
                        "POCKETSFLOW_EMULATOR_WEBHOOK",
                        "http://host.testcontainers.internal:" + SHOP + "/webhooks")
                .waitingFor(Wait.forHttp("/_emulator/health").forPort(6060))) {
            emulator.start();
            var url = "http://" + emulator.getHost() + ":" + emulator.getMappedPort(6060);
            var request = HttpRequest.newBuilder(URI.create(url + "/_emulator/scenarios/trial-converts/run"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.noBody())
                    .build();
            var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
            assertTrue(answer.body().contains("\"ok\":true"), answer.body());
        }
    }
}
