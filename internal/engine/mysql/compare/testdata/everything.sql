-- Tables of every kind, for both servers' versions. MariaDB and MySQL run this with what only they have in their own files.
CREATE DATABASE zoo CHARACTER SET latin1;
USE zoo;
SET sql_mode = '';
CREATE TABLE numbers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ti TINYINT, big BIGINT UNSIGNED, dec_ DECIMAL(38,10), f FLOAT, d DOUBLE,
  fd FLOAT(7,2), b1 BIT(1), b64 BIT(64), y YEAR, z INT(8) ZEROFILL,
  sum_v BIGINT AS (ti * 3) VIRTUAL, sum_s BIGINT AS (ti * 2) STORED);
INSERT INTO numbers (ti, big, dec_, f, d, fd, b1, b64, y, z) VALUES
  (-128, 18446744073709551615, 12345678901234567890.0123456789, 0.1, 0.1, 1.25, b'1', 0xffffffffffffffff, 2026, 42),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (0, 0, 0, 16777217, 1e308, 0, b'0', 0, 1901, 0), (1, 1, -1, 1.17549e-38, -2.5e-308, 99999.99, b'1', 1, 2155, 99999999);
CREATE TABLE dates (at DATETIME(6) NOT NULL, zone TIMESTAMP(3) NULL, dd DATE, tt TIME(2), n INT NOT NULL, PRIMARY KEY (at, n));
INSERT INTO dates VALUES ('2026-02-03 04:05:06.789012', '2026-03-29 02:30:00.123', '0000-00-00', '-838:59:59', 1),
  ('0000-00-00 00:00:00', NULL, '2026-00-15', '12:00:00.25', 2), ('9999-12-31 23:59:59.999999', '2037-01-01 00:00:00', '1000-01-01', NULL, 1);
CREATE TABLE words (
  w VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, l CHAR(10) CHARACTER SET latin1 NOT NULL, u VARCHAR(20) CHARACTER SET utf16,
  e ENUM('zebra','ape','') NOT NULL, s SET('a','b','c'), v VARBINARY(30), fixed BINARY(8), PRIMARY KEY (w, l, e)) CHARACTER SET utf8mb4;
INSERT INTO words VALUES ('Größe', 'ä', 'x', 'zebra', 'a,c', X'00ff', X'01'), ('größer', '', NULL, 'ape', '', '', NULL),
  (_utf8mb4 X'F09F9880', 'o''x', '€', 'zebra', NULL, X'5c27', X'ff'), ('back\\slash ', 'tab\t', 'y', 'ape', 'b', 'line\nbreak', 'a'), ('', '', '', '', NULL, NULL, NULL);
CREATE TABLE cities (name VARCHAR(40) CHARACTER SET cp1251 COLLATE cp1251_bin NOT NULL PRIMARY KEY, j VARCHAR(40) CHARACTER SET sjis, g TEXT CHARACTER SET gbk);
INSERT INTO cities VALUES (_utf8mb4'Москва', _utf8mb4'東京', _utf8mb4'北京'), (_utf8mb4'Берлин', NULL, NULL);
CREATE TABLE blobs (id BINARY(16) NOT NULL PRIMARY KEY, tiny TINYBLOB, b LONGBLOB, t LONGTEXT CHARACTER SET utf8mb4, m MEDIUMTEXT);
INSERT INTO blobs VALUES (UNHEX('00112233445566778899aabbccddeeff'), X'00', REPEAT(X'00ff5c0a', 700000), REPEAT('Größe', 100000), ''),
  (UNHEX('ff112233445566778899aabbccddeeff'), NULL, NULL, NULL, NULL), (UNHEX('80000000000000000000000000000000'), '', '', '', 'x');
CREATE TABLE places (id INT PRIMARY KEY, p POINT, g GEOMETRY, a POLYGON NOT NULL, SPATIAL INDEX (a));
INSERT INTO places VALUES (1, ST_GeomFromText('POINT(1 2)'), ST_GeomFromText('LINESTRING(0 0,1 1.5)'), ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))')),
  (2, NULL, NULL, ST_GeomFromText('POLYGON((0 0,0 2,2 2,0 0))'));
CREATE TABLE parted (id INT NOT NULL, y INT NOT NULL, v VARCHAR(20), PRIMARY KEY (id, y)) PARTITION BY RANGE (y) (PARTITION old VALUES LESS THAN (2020), PARTITION new VALUES LESS THAN MAXVALUE);
INSERT INTO parted VALUES (1, 2019, 'a'), (2, 2025, 'b'), (3, 2020, NULL);
CREATE TABLE heap (a INT, b VARCHAR(10));
INSERT INTO heap VALUES (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL), (NULL, 'y');
CREATE TABLE maybe (k INT NULL UNIQUE, v INT);
INSERT INTO maybe VALUES (NULL, 1), (NULL, 1), (1, 2);
CREATE TABLE uniq (a INT NOT NULL, b FLOAT NOT NULL, c BIT(9) NOT NULL, v INT, UNIQUE KEY k (c, b, a), KEY v (v));
INSERT INTO uniq VALUES (1, 0.1, 1, 1), (1, -0.5, 257, 2), (2, 1e10, 1, 3), (3, 0.1, 1, NULL);
CREATE TABLE isam (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE = MyISAM;
INSERT INTO isam VALUES (1, 'one'), (2, 'two');
CREATE TABLE prefixed (t TEXT NOT NULL, n INT, PRIMARY KEY (t(20)));
INSERT INTO prefixed VALUES ('one', 1), ('two', 2);
CREATE TABLE empty_one (id INT PRIMARY KEY, v INT);
CREATE TABLE `we``ird "na'me` (`c``1` INT PRIMARY KEY, `select` VARCHAR(20), `ERROR 1 (2)` INT);
INSERT INTO `we``ird "na'me` VALUES (1, 'ERROR 1064 (42000)', 2), (2, '.\t1', 3);
CREATE TABLE parent (id INT PRIMARY KEY) ENGINE = InnoDB;
CREATE TABLE child (id INT PRIMARY KEY, p INT, CONSTRAINT to_parent FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE) ENGINE = InnoDB;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, NULL);
CREATE VIEW seen AS SELECT w, e FROM words WHERE e <> 'ape';
DELIMITER //
CREATE PROCEDURE bump(IN n INT) BEGIN UPDATE parent SET id = id + n WHERE id = -1; END//
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
CREATE TRIGGER before_child BEFORE INSERT ON child FOR EACH ROW SET NEW.id = NEW.id//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM heap WHERE a = -1//
DELIMITER ;
CREATE DATABASE big CHARACTER SET utf8mb4;
USE big;
CREATE TABLE rows_ (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, g INT NOT NULL, filler VARCHAR(200) NOT NULL, KEY (g));
INSERT INTO rows_ (g, filler) VALUES (1, SHA2(1, 224)), (2, SHA2(2, 224)), (3, SHA2(3, 224)), (4, SHA2(4, 224));
INSERT INTO rows_ (g, filler) SELECT g + 4, CONCAT(SHA2(id, 224), filler) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 8, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 16, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 32, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 64, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 128, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 256, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 512, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 1024, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 2048, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 4096, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 8192, SHA2(id, 224) FROM rows_;
INSERT INTO rows_ (g, filler) SELECT g + 16384, SHA2(id, 224) FROM rows_;
