INSERT INTO shelf VALUES (1, '{d not-an-escape}?');
