package org.freelims.sync.subscription;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.freelims.sync.protocol.ErrorCode;
import org.freelims.sync.protocol.Row;
import org.freelims.sync.protocol.SyncException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            textBlock =
                    """
                    inventory inventory
                    inventory/42 inventory/42
                    inventory/a%2fb inventory/a%2Fb
                    inventory/%41 inventory/A
                    inventory?unit=g&quantity<10 inventory?quantity<10&unit=g
                    inventory?unit=mg,g,g inventory?unit=g,mg
                    inventory?unit=%67&unit=g inventory?unit=g
                    inventory?note=a%20b inventory?note=a%20b
                    * *
                    """)
    void parse_anySpelling_hasOneCanonicalForm(String spelled, String canonical) {
        assertEquals(canonical, Expression.parse(spelled).toString());
        assertEquals(Expression.parse(spelled), Expression.parse(canonical));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "?a=1",
                "/1",
                "inventory/",
                "inventory/1/2",
                "inventory/1?a=1",
                "inventory?",
                "inventory?a",
                "inventory?=1",
                "inventory?a~1",
                "inventory?a<1,2",
                "inventory?a=1=2",
                "inventory?a=%zz",
                "inventory?a=%ff",
                "inventory?a=1&",
                "*?a=1",
                "inv entory",
                "1inventory"
            })
    void parse_whatDoesNotRead_isBadExpression(String text) {
        SyncException refused =
                assertThrows(SyncException.class, () -> Expression.parse(text), text);
        assertEquals(ErrorCode.BAD_EXPRESSION, refused.code());
        assertTrue(refused.getMessage().contains("inventory/42"), "it shows how: " + refused);
    }

    @Test
    void parse_pastItsLimits_isBadExpression() {
        for (String text :
                new String[] {
                    "a/" + "x".repeat(Expression.MAX_CHARS),
                    "a?" + "b=1&".repeat(Expression.MAX_CONDITIONS) + "b=1",
                    "a?b="
                            + IntStream.rangeClosed(0, Expression.MAX_VALUES)
                                    .mapToObj(Integer::toString)
                                    .collect(joining(","))
                }) {
            assertThrows(SyncException.class, () -> Expression.parse(text));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            textBlock =
                    """
                    q<10 true
                    q<9.5 false
                    q<=9.50 true
                    q>9 true
                    q>=10 false
                    q=9.5 true
                    q=9.500 true
                    q!=9.5 false
                    q=g false
                    q!=g true
                    q<g false
                    unit=g true
                    unit=kg,g true
                    unit!=kg,mg true
                    unit<h true
                    unit=G false
                    n=null true
                    n!=null false
                    n<1 false
                    absent=null true
                    absent!=1 true
                    ok=true true
                    ok=false false
                    tags=x false
                    tags!=x true
                    q<10&unit=kg false
                    big=9007199254740993 true
                    big=9007199254740992 false
                    """)
    void matches_aRow_asTheProtocolSays(String filter, boolean expected) {
        Row row =
                Row.parse(
                        "{\"q\":9.5,\"unit\":\"g\",\"n\":null,\"ok\":true,\"tags\":[\"x\"],"
                                + "\"big\":9007199254740993}");
        assertEquals(expected, Expression.parse("inventory?" + filter).matches(row), filter);
    }
}
