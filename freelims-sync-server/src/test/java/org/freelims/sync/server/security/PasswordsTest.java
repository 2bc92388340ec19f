package org.freelims.sync.server.security;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Passwords passwords = new Passwords(5, new SecureRandom());

    @Test
    void hash_made_isWrittenAsFreeLimsWritesIt() {
        String hash = passwords.hash("secret");

        assertTrue(hash.matches("\\$2b\\$05\\$[./A-Za-z0-9]{53}"), hash);
        assertTrue(passwords.matches("secret", hash, 5));
        assertFalse(passwords.matches("Secret", hash, 5));
    }

    @Test
    void hash_ofAnotherImplementation_isAccepted() {
        String rest = "04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm"; // libxcrypt's

        for (String spelling : new String[] {"$2a$", "$2b$", "$2y$"}) {
            assertTrue(passwords.matches("password", spelling + rest, 4), spelling);
            assertFalse(passwords.matches("passwort", spelling + rest, 4), spelling);
        }
    }

    @Test
    void refusal_takesTheSameWorkWhateverTheHash() {
        Passwords today = new Passwords(9, new SecureRandom());
        String old = new Passwords(4, new SecureRandom()).hash("right");

        long unknown = nanosOf(() -> today.matches("wrong", "", 9));
        long weak = nanosOf(() -> today.matches("wrong", old, 9));
        long cheap = nanosOf(() -> today.matches("right", old, 9));

        // a check at cost 4 alone is a thirty-second of one at 9
        assertTrue(weak > unknown / 3 && weak < unknown * 3, weak + " and " + unknown);
        assertTrue(cheap < unknown / 3, cheap + " and " + unknown);
    }

    private static long nanosOf(java.util.function.BooleanSupplier work) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 7; i++) {
            long start = System.nanoTime();
            boolean unused = work.getAsBoolean();
            best = Math.min(best, System.nanoTime() - start);
        }
        return best;
    }

    @Test
    void password_over72Bytes_isRefusedWhenNewAndCutWhenChecked() {
        String base = "x".repeat(72);
        String hash = passwords.hash(base);

        assertTrue(passwords.matches(base + "ignored by bcrypt", hash, 5));
        assertThrows(IllegalArgumentException.class, () -> passwords.hash(base + "y"));
        assertThrows(IllegalArgumentException.class, () -> passwords.hash("é".repeat(37)));
        assertThrows(IllegalArgumentException.class, () -> passwords.hash(""));
        assertThrows(IllegalArgumentException.class, () -> passwords.hash("a\0b"));
    }

    @Test
    void storedHash_thatIsNone_isNoMatchAndNoFailure() {
        for (String stored : new String[] {"", "plain", "$2b$31$" + "a".repeat(53), "$2b$xx$"}) {
            assertFalse(passwords.matches("secret", stored, 5), stored);
        }
    }

    @Test
    void cost_outOfRange_isRefused() {
        assertEquals(
                "bcrypt cost must be from 4 to 17 but was 18",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Passwords(18, new SecureRandom()))
                        .getMessage());
    }
}
