INSERT INTO notes (note) SELECT CONCAT('Ωμέγα ', n, ' of ', @chunk) FROM numbers WHERE n < 100;
INSERT INTO settings VALUES (CONCAT('chunk-', @chunk), REPEAT('v', 300));
