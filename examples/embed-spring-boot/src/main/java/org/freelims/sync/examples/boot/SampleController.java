package org.freelims.sync.examples.boot;

import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The REST side. */
@RestController
class SampleController {
    private final SampleService service;

    SampleController(SampleService service) {
        this.service = service;
    }

    @PutMapping("/samples/{id}")
    void receive(@PathVariable("id") long id, @RequestParam("name") String name) {
        service.receive(id, name);
    }

    @PostMapping("/samples/{id}/runs")
    void run(@PathVariable("id") long id, @RequestParam("instrument") String instrument) {
        service.run(id, instrument);
    }
}
