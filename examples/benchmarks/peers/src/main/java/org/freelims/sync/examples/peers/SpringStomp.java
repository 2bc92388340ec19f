package org.freelims.sync.examples.peers;

import java.io.IOException;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.messaging.simp.SimpMessagingTemplate;
import org.springframework.messaging.simp.config.MessageBrokerRegistry;
import org.springframework.web.socket.config.annotation.EnableWebSocketMessageBroker;
import org.springframework.web.socket.config.annotation.StompEndpointRegistry;
import org.springframework.web.socket.config.annotation.WebSocketMessageBrokerConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketTransportRegistration;

/**
 * Spring's simple STOMP broker on Spring Boot's Tomcat, a topic for each resource. Arguments: PORT
 * GO_PORT. A session may hold as many unsent bytes as ours, since the default of 512 KB ends
 * sessions in a burst.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@EnableWebSocketMessageBroker
public class SpringStomp implements WebSocketMessageBrokerConfigurer {
    private static final int PENDING_BYTES = 4 << 20;

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        SimpMessagingTemplate template =
                new SpringApplicationBuilder(SpringStomp.class)
                        .properties(
                                Map.of(
                                        "server.port", args[0],
                                        "server.address", "127.0.0.1",
                                        "server.tomcat.max-connections", "50000",
                                        "spring.main.banner-mode", "off"))
                        .run()
                        .getBean(SimpMessagingTemplate.class);
        Go.listen(
                Integer.parseInt(args[1]),
                notification -> template.convertAndSend("/topic/inventory", (Object) notification));
    }

    @Override
    public void registerStompEndpoints(StompEndpointRegistry registry) {
        registry.addEndpoint("/stomp").setAllowedOriginPatterns("*");
    }

    @Override
    public void configureMessageBroker(MessageBrokerRegistry registry) {
        registry.enableSimpleBroker("/topic");
    }

    @Override
    public void configureWebSocketTransport(WebSocketTransportRegistration registration) {
        registration.setSendBufferSizeLimit(PENDING_BYTES).setSendTimeLimit(60_000);
    }
}
