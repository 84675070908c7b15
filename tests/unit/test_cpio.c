// sources: lib/cpio.c
/*
 * newc archives: well-formed ones of every padding, concatenated ones, and ones cut or damaged at every
 * byte, which must end in an error or an end, never outside the buffer (ASan watches).
 */
#include "unit.h"
#include <string.h>
#include <tine/cpio.h>

struct archive {
	char *bytes;
	size_t size;
};

static void append(struct archive *a, const void *bytes, size_t n)
{
	a->bytes = realloc(a->bytes, a->size + n + 1);
	memcpy(a->bytes + a->size, bytes, n);
	a->size += n;
}

static void pad(struct archive *a, size_t multiple)
{
	while (a->size % multiple)
		append(a, "", 1);
}

static void append_entry(struct archive *a, const char *name, const void *data, unsigned int size)
{
	char header[111];

	snprintf(header, sizeof(header), "070701%08X%08x%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		 0x11, 0x81a4, 1000, 100, 2, 0x5f000000, size, 8, 1, 5, 6, (unsigned int)strlen(name) + 1, 0);
	append(a, header, 110);
	append(a, name, strlen(name) + 1);
	pad(a, 4);
	append(a, data, size);
	pad(a, 4);
}

/* A copy in a block of exactly its size. */
static char *exact(const struct archive *a, size_t size)
{
	char *copy = malloc(size ? size : 1);

	memcpy(copy, a->bytes, size);
	return copy;
}

/* Read to the end; the number of entries, or the error. Touches every byte it is given. */
static int read_all(const void *bytes, size_t size)
{
	struct cpio_entry entry;
	size_t offset = 0;
	int nr = 0, err;

	while ((err = cpio_next(bytes, size, &offset, &entry)) == 1) {
		volatile unsigned long sum = strlen(entry.name);

		for (size_t i = 0; i < entry.size; i++)
			sum += ((const unsigned char *)entry.data)[i];
		assert_true(offset <= size);
		nr++;
	}
	return err < 0 ? err : nr;
}

static void test_fields(void **state)
{
	struct archive a = { 0 };
	struct cpio_entry e;
	size_t offset = 0;

	append_entry(&a, "etc/motd", "hello", 5);
	append_entry(&a, "TRAILER!!!", "", 0);
	assert_int_equal(cpio_next(a.bytes, a.size, &offset, &e), 1);
	assert_string_equal(e.name, "etc/motd");
	assert_int_equal(e.size, 5);
	assert_memory_equal(e.data, "hello", 5);
	assert_int_equal(e.ino, 0x11);
	assert_int_equal(e.mode, 0x81a4);
	assert_int_equal(e.uid, 1000);
	assert_int_equal(e.gid, 100);
	assert_int_equal(e.nlink, 2);
	assert_int_equal(e.mtime, 0x5f000000);
	assert_int_equal(e.dev_major, 8);
	assert_int_equal(e.dev_minor, 1);
	assert_int_equal(e.rdev_major, 5);
	assert_int_equal(e.rdev_minor, 6);
	assert_int_equal(cpio_next(a.bytes, a.size, &offset, &e), 0);
	assert_int_equal(offset, a.size);
	free(a.bytes);
}

/* Names and data of every length modulo 4. */
static void test_paddings(void **state)
{
	for (unsigned int n = 1; n < 9; n++) {
		for (unsigned int size = 0; size < 9; size++) {
			struct archive a = { 0 };
			char *copy;

			append_entry(&a, &"abcdefgh"[8 - n], "12345678", size);
			append_entry(&a, "x", "y", 1);
			append_entry(&a, "TRAILER!!!", "", 0);
			copy = exact(&a, a.size);
			assert_int_equal(read_all(copy, a.size), 2);
			free(copy);
			free(a.bytes);
		}
	}
}

static void test_concatenated(void **state)
{
	struct archive a = { 0 };
	char *copy;

	for (int i = 0; i < 3; i++) {
		append_entry(&a, "file", "data", 4);
		append_entry(&a, "TRAILER!!!", "", 0);
		pad(&a, i == 0 ? 512 : 4);
	}
	copy = exact(&a, a.size);
	assert_int_equal(read_all(copy, a.size), 3);
	free(copy);
	free(a.bytes);
}

static void test_empty(void **state)
{
	static const char zeros[513];

	assert_int_equal(read_all(zeros, 0), 0);
	assert_int_equal(read_all(zeros, sizeof(zeros)), 0);
	assert_int_equal(read_all("garbage", 7), -EINVAL);
}

/* Cut anywhere: what is whole is read, the rest is an end (only padding cut) or an error. */
static void test_cut(void **state)
{
	struct archive a = { 0 };

	append_entry(&a, "one", "12345", 5);
	append_entry(&a, "two", "6789", 4);
	append_entry(&a, "TRAILER!!!", "", 0);
	for (size_t size = 0; size <= a.size; size++) {
		char *copy = exact(&a, size);
		int result = read_all(copy, size);

		assert_true(result == -EINVAL || (result >= 0 && result <= 2));
		free(copy);
	}
	free(a.bytes);
}

/* Each byte of the archive replaced by each of some that matter. */
static void test_damaged(void **state)
{
	static const char evil[] = { 0, '0', '7', 'f', 'F', 'g', ' ', '/', '\xff' };
	struct archive a = { 0 };

	append_entry(&a, "name", "data", 4);
	append_entry(&a, "other", "", 0);
	append_entry(&a, "TRAILER!!!", "", 0);
	for (size_t at = 0; at < a.size; at++) {
		for (size_t i = 0; i < sizeof(evil); i++) {
			char *copy = exact(&a, a.size);

			copy[at] = evil[i];
			read_all(copy, a.size);
			free(copy);
		}
	}
	free(a.bytes);
}

static void expect_damaged(size_t at, const char *field)
{
	struct archive a = { 0 };

	append_entry(&a, "name", "data", 4);
	append_entry(&a, "TRAILER!!!", "", 0);
	memcpy(a.bytes + at, field, strlen(field));
	assert_int_equal(read_all(a.bytes, a.size), -EINVAL);
	free(a.bytes);
}

static void test_convicted(void **state)
{
	const size_t filesize = 6 + 6 * 8, namesize = 6 + 11 * 8;

	expect_damaged(0, "070702");
	expect_damaged(6, "0000000g");
	expect_damaged(filesize, "ffffffff");
	expect_damaged(filesize, "00001000");
	expect_damaged(namesize, "00000000");
	expect_damaged(namesize, "ffffffff");
	expect_damaged(namesize, "00000004");	/* the null is not where it should be */
	expect_damaged(namesize, "00000007");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_paddings),
		cmocka_unit_test(test_concatenated),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_convicted),
	};

	return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
