package org.freelims.sync.subscription;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenTableTest {
    /** Many keys of one hash, as somebody could choose them. */
    private record Key(int number, int hashes) {
        @Override
        public int hashCode() {
            return number % hashes;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void table_putAndRemovedAtRandom_isAsAMap(int hashes) {
        Random random = new Random(hashes);
        Map<Key, Integer> map = new HashMap<>();
        OpenTable<Key, Integer> table = new OpenTable<>();
        for (int i = 0; i < 20_000; i++) {
            // grows to some hundreds, shrinks, and grows again
            Key key = new Key(random.nextInt(400), hashes);
            if (random.nextInt(4_000) < (i % 8_000 < 4_000 ? 2_800 : 1_200)) {
                assertEquals(map.put(key, i), table.put(key, i));
            } else {
                map.remove(key);
                table.remove(key);
            }
            Key any = new Key(random.nextInt(400), hashes);
            assertEquals(map.get(any), table.get(any));
            assertEquals(map.isEmpty(), table.isEmpty());
        }
        map.forEach((key, value) -> assertEquals(value, table.get(key)));
        TreeSet<Integer> values = new TreeSet<>();
        table.forEachValue(values::add);
        assertEquals(new TreeSet<>(map.values()), values);
    }

    @Test
    void table_emptiedAgain_holdsNothing() {
        OpenTable<String, String> table = new OpenTable<>();
        for (int i = 0; i < 10_000; i++) {
            table.put("k" + i, "v" + i);
        }
        for (int i = 0; i < 10_000; i++) {
            assertEquals("v" + i, table.get("k" + i));
            table.remove("k" + i);
            assertNull(table.get("k" + i));
        }
        assertTrue(table.isEmpty());
        table.forEachValue(value -> assertNull(value));
    }
}
