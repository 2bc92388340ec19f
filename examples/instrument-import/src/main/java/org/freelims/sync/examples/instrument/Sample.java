package org.freelims.sync.examples.instrument;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What this program needs to know of a sample; its other columns are left out. */
record Sample(
        @JsonProperty("id") long id,
        @JsonProperty("internal_id") String internalId,
        @JsonProperty("status") String status) {}
