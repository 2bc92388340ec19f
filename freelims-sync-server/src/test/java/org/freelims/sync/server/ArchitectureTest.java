package org.freelims.sync.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which way dependencies may point, between the modules and between the server's packages. */
class ArchitectureTest {
    private static final String SERVER = "org.freelims.sync.server";

    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .withImportOption(location -> !location.contains("-tests.jar"))
                    .importPackages("org.freelims.sync");

    private static final DescribedPredicate<JavaClass> CORE =
            resideInAPackage("org.freelims.sync..")
                    .and(not(resideInAnyPackage("org.freelims.sync.client..", SERVER + "..")))
                    .as("core");

    /** What an embedding application's class path does not have. */
    private static final String[] STANDALONE_ONLY = {
        "org.glassfish..",
        "jakarta.ws.rs..",
        "jakarta.annotation..",
        "jakarta.inject..",
        "com.zaxxer..",
        "io.micrometer..",
        "io.prometheus..",
        "com.nimbusds..",
        "org.springframework..",
        "picocli..",
        "org.tukaani..",
        "org.slf4j..",
        "ch.qos.logback..",
        "org.freelims.sync.client.."
    };

    @Test
    void modules_allThree_areLookedAt() {
        // a rule over classes that were not found would hold, whatever they do
        ALL.get("org.freelims.sync.SyncHub");
        ALL.get("org.freelims.sync.client.SyncClient");
        ALL.get(SERVER + ".postgres.PostgresSync");
    }

    @Test
    void core_anywhere_knowsNoOtherModule() {
        noClasses()
                .that(CORE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.freelims.sync.client..", SERVER + "..")
                .check(ALL);
    }

    @Test
    void client_anywhere_knowsNoServer() {
        noClasses()
                .that()
                .resideInAPackage("org.freelims.sync.client..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(SERVER + "..")
                .check(ALL);
    }

    @Test
    void client_outsideItsTransports_knowsNoWebSocketLibrary() {
        noClasses()
                .that()
                .resideInAPackage("org.freelims.sync.client")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "jakarta.websocket..", "org.glassfish..", "java.net.http..", "org.slf4j..")
                .check(ALL);
    }

    @Test
    void client_ofOurs_isUsedByTheCommandLineOnly() {
        noClasses()
                .that()
                .resideInAPackage(SERVER + "..")
                .and()
                .resideOutsideOfPackage(SERVER + ".cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.freelims.sync.client..")
                .check(ALL);
    }

    @Test
    void serverPackages_eachOnAnother_dependOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy(SERVER + ".cli..")
                .layer("console")
                .definedBy(SERVER + ".console..")
                .layer("operation")
                .definedBy(SERVER + ".operation..")
                .layer("lims")
                .definedBy(SERVER + ".lims..")
                .layer("socketio")
                .definedBy(SERVER + ".socketio..")
                .layer("tyrus")
                .definedBy(SERVER + ".tyrus..")
                .layer("websocket")
                .definedBy(SERVER + ".websocket..")
                .layer("security")
                .definedBy(SERVER + ".security..")
                .layer("postgres")
                .definedBy(SERVER + ".postgres..")
                .layer("embedded")
                .definedBy(SERVER + ".embedded..")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("console")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("operation")
                .mayOnlyBeAccessedByLayers("cli", "console")
                .whereLayer("lims")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("socketio")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("tyrus")
                .mayOnlyBeAccessedByLayers("cli", "socketio")
                .whereLayer("websocket")
                .mayOnlyBeAccessedByLayers("cli", "tyrus")
                .whereLayer("security")
                .mayOnlyBeAccessedByLayers("cli", "lims", "socketio", "tyrus", "operation")
                .whereLayer("postgres")
                .mayOnlyBeAccessedByLayers("cli", "lims", "operation", "console")
                .whereLayer("embedded")
                .mayOnlyBeAccessedByLayers("cli")
                .check(ALL);
    }

    @Test
    void serverPackages_together_areFreeOfCycles() {
        slices().matching(SERVER + ".(*)..").should().beFreeOfCycles().check(ALL);
    }

    @Test
    void postgres_anywhere_needsOnlyWhatAnEmbeddingApplicationHas() {
        classes()
                .that()
                .resideInAPackage(SERVER + ".postgres..")
                .should()
                .onlyDependOnClassesThat(
                        CORE.or(
                                resideInAnyPackage(
                                        SERVER + ".postgres..",
                                        "java..",
                                        "javax.sql..",
                                        "com.fasterxml.jackson..",
                                        "org.jdbi..",
                                        "org.postgresql..",
                                        "org.jspecify..")))
                .check(ALL);
    }

    @Test
    void websocket_anywhere_needsOnlyTheJakartaApi() {
        classes()
                .that()
                .resideInAPackage(SERVER + ".websocket..")
                .should()
                .onlyDependOnClassesThat(
                        CORE.or(
                                resideInAnyPackage(
                                        SERVER + ".websocket..",
                                        "java..",
                                        "jakarta.websocket..",
                                        "org.jspecify..")))
                .check(ALL);
    }

    @Test
    void optionalDependencies_outsideTheStandAloneServer_areUnknown() {
        noClasses()
                .that()
                .resideInAPackage(SERVER + "..")
                .and()
                .resideOutsideOfPackages(
                        SERVER + ".tyrus..",
                        SERVER + ".socketio..",
                        SERVER + ".security..",
                        SERVER + ".lims..",
                        SERVER + ".embedded..",
                        SERVER + ".console..",
                        SERVER + ".operation..",
                        SERVER + ".cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(STANDALONE_ONLY)
                .check(ALL);
    }

    @Test
    void jackson_inSignaturesOfPublicMethods_isUnknown() {
        methods()
                .that()
                .arePublic()
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .areDeclaredInClassesThat(
                        CORE.or(
                                resideInAnyPackage(
                                        "org.freelims.sync.client..",
                                        SERVER + ".postgres..",
                                        SERVER + ".websocket..")))
                .should()
                .notHaveRawReturnType(resideInAPackage("com.fasterxml.."))
                .andShould()
                .notHaveRawParameterTypes(
                        DescribedPredicate.describe(
                                "one of Jackson's",
                                types ->
                                        types.stream()
                                                .anyMatch(
                                                        type ->
                                                                type.getPackageName()
                                                                        .startsWith(
                                                                                "com.fasterxml"))))
                .check(ALL);
    }
}
