package org.freelims.sync;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("org.freelims.sync");

    @Test
    void core_packages_dependOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("hub")
                .definedBy("org.freelims.sync")
                .layer("session")
                .definedBy("org.freelims.sync.session")
                .layer("subscription")
                .definedBy("org.freelims.sync.subscription")
                .layer("access")
                .definedBy("org.freelims.sync.access")
                .layer("transport")
                .definedBy("org.freelims.sync.transport")
                .layer("log")
                .definedBy("org.freelims.sync.log")
                .layer("protocol")
                .definedBy("org.freelims.sync.protocol")
                .whereLayer("hub")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("hub")
                .whereLayer("subscription")
                .mayOnlyBeAccessedByLayers("hub", "session")
                .whereLayer("access")
                .mayOnlyBeAccessedByLayers("hub", "session", "subscription")
                .whereLayer("transport")
                .mayOnlyBeAccessedByLayers("hub", "session", "subscription")
                .whereLayer("log")
                .mayOnlyBeAccessedByLayers("hub", "session", "subscription")
                .check(CORE);
    }

    @Test
    void core_anywhere_usesNoFramework() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta..", "org.glassfish..", "org.jdbi..", "org.slf4j..")
                .check(CORE);
    }

    @Test
    void jackson_outsideTheProtocol_isUnknown() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.freelims.sync.protocol")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml.jackson..")
                .check(CORE);
    }
}
