package org.freelims.sync.examples.benchmarks.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarksTest {
    private static final byte[] TEXT =
            "{\"mail\":\"a@b @T x\",\"batch\":\"@T1700000000000000001@\",\"more\":\"@@T42@\"}"
                    .getBytes(StandardCharsets.UTF_8);

    @Test
    void scan_withMarksAmongOtherText_findsEachOnce() {
        List<Long> found = new ArrayList<>();
        new Marks(found::add).scan(TEXT, 0, TEXT.length);
        assertEquals(List.of(1700000000000000001L, 42L), found);
    }

    @Test
    void scan_ofTextSplitAnywhere_findsTheSame() {
        for (int split = 0; split <= TEXT.length; split++) {
            List<Long> found = new ArrayList<>();
            Marks marks = new Marks(found::add);
            marks.scan(TEXT, 0, split);
            marks.scan(TEXT, split, TEXT.length);
            assertEquals(List.of(1700000000000000001L, 42L), found, "split at " + split);
        }
    }
}
