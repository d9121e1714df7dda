-- About one megabyte more of the shop. @chunk is its number.
START TRANSACTION;
INSERT INTO customers (name, street, wide, code, grade, flags)
SELECT CONCAT('Zoë 😀 ', SHA2(CONCAT(@chunk, n), 256)), CONCAT('Große Straße ', n), CONCAT('π ', n), UNHEX(SHA2(CONCAT(@chunk, ':', n), 256)), 1 + n % 3, 'mail,post'
FROM numbers WHERE n < 100;
SET @customer = LAST_INSERT_ID();
INSERT INTO orders (customer, placed, price, quantity, weight, ratio, bits, open, remark)
SELECT @customer + n % 100, TIMESTAMP('2026-01-01') + INTERVAL n * 1234567 MICROSECOND, n / 7, 1 + n % 5, SQRT(n), n / 3, n % 512, n % 2,
       CONCAT('order ', SHA2(CONCAT(@chunk, '-', n), 512))
FROM numbers WHERE n < 1200;
SET @order = LAST_INSERT_ID();
INSERT INTO order_lines
SELECT @order + n, 1, LEFT(SHA2(n, 256), 20), CONCAT('{"chunk": ', @chunk, ', "size": [', n, ', 2.5, null], "name": "größe ', n, '"}') FROM numbers WHERE n < 1200;
INSERT INTO visits SELECT @chunk, n, SEC_TO_TIME(n), SHA2(CONCAT(@chunk, n), 256) FROM numbers WHERE n < 500;
INSERT INTO audit SELECT n, NULL FROM numbers WHERE n < 10;
INSERT INTO audit SELECT n % 3, CONCAT('chunk ', @chunk) FROM numbers WHERE n < 20;
INSERT INTO files (name, content) SELECT CONCAT('file ', n), REPEAT(UNHEX(SHA2(CONCAT(@chunk, n), 512)), 200) FROM numbers WHERE n < 15;
INSERT INTO places (at) SELECT POINT(n, @chunk) FROM numbers WHERE n < 50;
COMMIT;
