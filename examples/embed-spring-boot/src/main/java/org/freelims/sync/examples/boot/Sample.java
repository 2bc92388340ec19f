package org.freelims.sync.examples.boot;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** A row of the table {@code samples}. */
@Entity
@Table(name = "samples")
public class Sample {
    @Id private long id;
    private String name = "";
    private @Nullable String status;

    protected Sample() {}

    public Sample(long id, String name) {
        this.id = id;
        this.name = name;
        this.status = "received";
    }

    public long getId() {
        return id;
    }

    public String getName() {
        return name;
    }

    public @Nullable String getStatus() {
        return status;
    }

    public void setStatus(String status) {
        this.status = status;
    }
}
