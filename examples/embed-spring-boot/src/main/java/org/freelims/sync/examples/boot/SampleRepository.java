package org.freelims.sync.examples.boot;

import org.springframework.data.jpa.repository.JpaRepository;

/** The samples. */
public interface SampleRepository extends JpaRepository<Sample, Long> {}
