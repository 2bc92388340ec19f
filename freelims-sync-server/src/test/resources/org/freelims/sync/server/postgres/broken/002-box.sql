CREATE TABLE box (id int); CREATE TABLE shelf (id int);
