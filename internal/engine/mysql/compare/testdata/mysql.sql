USE zoo;
CREATE TABLE docs (id INT PRIMARY KEY, j JSON, n INT AS (JSON_VALUE(j, '$.n' RETURNING SIGNED)) STORED, KEY ((CAST(j->>'$.k' AS CHAR(20)))), hidden INT INVISIBLE DEFAULT 7, srid_ POINT SRID 4326, vec VECTOR(3));
INSERT INTO docs (id, j, srid_, vec) VALUES (1, '{"n": 1, "k": "ä", "f": 0.1, "deep": [1, {"x": null}]}', ST_SRID(POINT(1, 2), 4326), STRING_TO_VECTOR('[1,2,0.1]')), (2, NULL, NULL, NULL);
SET sql_generate_invisible_primary_key = ON;
CREATE TABLE invisible_key (a INT, b VARCHAR(10));
INSERT INTO invisible_key VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
SET sql_generate_invisible_primary_key = OFF;
