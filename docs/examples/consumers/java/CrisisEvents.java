import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Prints a line for each step of each crisis, from the topic crisis.events.
 *
 * <p>Needs Java 17, kafka-clients and jackson-databind. Run:
 * KAFKA_BOOTSTRAP=kafka:9092 java -cp 'libs/*' CrisisEvents.java
 */
public final class CrisisEvents {
    /** The types handled here. A later version may send more: others are passed over. */
    private static final Set<String> STEPS =
            Stream.of(
                            "watch",
                            "dismissed",
                            "opened",
                            "updated",
                            "severity_changed",
                            "escalated",
                            "acknowledged",
                            "assigned",
                            "annotated",
                            "milestone",
                            "recovering",
                            "relapsed",
                            "resolved",
                            "confirmed",
                            "false_positive",
                            "reopened",
                            "closed")
                    .map(step -> "squall.crisis." + step + ".v1")
                    .collect(Collectors.toSet());

    private static final int REMEMBERED = 10_000;

    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, Boolean> seen =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > REMEMBERED;
                }
            };

    public static void main(String[] arguments) throws Exception {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings());
        Thread follower = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(consumer, follower)));
        try (consumer) { // leaves the group, so that others go on at once
            consumer.subscribe(List.of(given("CRISIS_EVENTS", "crisis.events")));
            new CrisisEvents().follow(consumer);
        } catch (WakeupException told) {
            System.err.println("stopped");
        }
    }

    private static Properties settings() {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", given("KAFKA_BOOTSTRAP", "localhost:9092"));
        settings.put("group.id", given("KAFKA_GROUP", "crisis-events-example"));
        // The default shows what a dead worker never committed.
        settings.put("isolation.level", "read_committed");
        // The default commits by the clock, and may commit what was not handled.
        settings.put("enable.auto.commit", "false");
        // The default begins at the end, and misses what came before.
        settings.put("auto.offset.reset", "earliest");
        settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
        settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
        return settings;
    }

    /** Handles each batch, then commits it: a crash in between repeats events, and loses none. */
    private void follow(KafkaConsumer<byte[], byte[]> consumer) throws IOException {
        while (true) {
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(1));
            for (ConsumerRecord<byte[], byte[]> record : records) {
                handle(record);
            }
            if (!records.isEmpty()) {
                try {
                    consumer.commitSync();
                } catch (CommitFailedException partitionGiven) {
                    // The group gave it away meanwhile: its new reader handles these once more.
                }
            }
        }
    }

    /**
     * Prints one event, unless its type is unknown, it is of a drill, or it was here before.
     *
     * <p>Replace the print by what must happen. If that is kept in a database, keep ce_id there
     * too, as a unique key written in the same transaction: this map is gone after a restart.
     */
    private void handle(ConsumerRecord<byte[], byte[]> record) throws IOException {
        boolean isDrill = !header(record, "ce_drill").isEmpty();
        if (!STEPS.contains(header(record, "ce_type")) || isDrill) {
            return;
        }
        String id = header(record, "ce_id");
        if (seen.containsKey(id)) {
            return;
        }
        System.out.println(line(json.readTree(record.value())));
        seen.put(id, true);
    }

    /** Returns the event in a line, of the fields named here: others may come, and mean no harm. */
    private static String line(JsonNode event) {
        return String.format(
                "%s %s #%d %s: %s -> %s, %s",
                event.required("brand").asText(),
                event.required("crisis_id").asText(),
                event.required("seq").asLong(),
                event.required("type").asText(),
                event.required("previous_state").asText(),
                event.required("state").asText(),
                event.required("severity").asText());
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header found = record.headers().lastHeader(name);
        return found == null ? "" : new String(found.value(), StandardCharsets.UTF_8);
    }

    private static String given(String variable, String otherwise) {
        return System.getenv().getOrDefault(variable, otherwise);
    }

    private static void stop(KafkaConsumer<byte[], byte[]> consumer, Thread follower) {
        consumer.wakeup();
        try {
            follower.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
