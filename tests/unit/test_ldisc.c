// sources: drivers/tty/ldisc.c lib/bitmap.c
/*
 * The line discipline against scripted typing: what a reader gets, what the screen shows, which
 * signals arise. The screen is a driver that records; it can be made to take nothing, like a
 * pseudo-terminal whose master does not read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <tine/string.h>
#include <tine/uapi.h>

#include "../../drivers/tty/tty_internal.h"

#define DEL	"\x7f"
#define ERASED	"\b \b"

static struct tty_struct tty;
static char screen[16384];
static size_t shown;
static unsigned int room;
static int last_signal;

static void record(struct tty_struct *t, const char *text, size_t len)
{
	assert_true(shown + len < sizeof(screen) && len <= room);
	memcpy(screen + shown, text, len);
	shown += len;
	screen[shown] = '\0';
}

static unsigned int record_room(struct tty_struct *t)
{
	return room;
}

static const struct tty_driver recorder = { .name = "test", .write = record, .write_room = record_room };

static int setup(void **state)
{
	memset(&tty, 0, sizeof(tty));
	tty.driver = &recorder;
	tty.termios.c_iflag = ICRNL | IXON;
	tty.termios.c_oflag = OPOST | ONLCR;
	tty.termios.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	memcpy(tty.termios.c_cc, "\003\034\177\025\004\000\001\000\021\023\032\000\022\017\027\026\000", 17);
	/* indices that wrap around the end of the ring in every test */
	tty.head = tty.canon = tty.tail = (unsigned int)-3;
	shown = 0;
	screen[0] = '\0';
	room = 4096;
	last_signal = 0;
	return 0;
}

static void type_bytes(const char *text, size_t len)
{
	for (size_t i = 0; i < len && ldisc_room(&tty); i++) {
		int sig = ldisc_receive(&tty, (unsigned char)text[i]);

		if (sig)
			last_signal = sig;
		assert_true(tty.canon - tty.tail <= TTY_BUF_SIZE && tty.head - tty.canon <= TTY_BUF_SIZE);
		assert_true(tty.head - tty.tail <= TTY_BUF_SIZE);
	}
}

static void type(const char *text)
{
	type_bytes(text, strlen(text));
}

/* read(2) with a buffer of @size bytes gives exactly @want. */
static void expect_read(size_t size, const char *want)
{
	char buf[8192];
	bool end;
	size_t n;

	assert_true(ldisc_readable(&tty, 1));
	n = ldisc_read(&tty, buf, size, &end);
	if (n == size && !end)
		ldisc_skip_eof(&tty);
	buf[n] = '\0';
	assert_string_equal(buf, want);
}

static void expect_nothing(void)
{
	assert_false(ldisc_readable(&tty, 1));
}

static void expect_screen(const char *want)
{
	assert_string_equal(screen, want);
	shown = 0;
	screen[0] = '\0';
}

static void set_flags(tcflag_t iflag_on, tcflag_t lflag_on, tcflag_t lflag_off)
{
	struct termios new = tty.termios;

	new.c_iflag |= iflag_on;
	new.c_lflag = (new.c_lflag | lflag_on) & ~lflag_off;
	ldisc_set_termios(&tty, &new);
}

static void lines(void **state)
{
	type("hello");
	expect_nothing();
	type("\rsecond\n");
	expect_screen("hello\r\nsecond\r\n");
	assert_int_equal(ldisc_inq(&tty), 13);
	expect_read(100, "hello\n");
	expect_read(3, "sec");
	expect_read(100, "ond\n");
	expect_nothing();
}

static void end_of_file(void **state)
{
	type("\004");
	expect_read(100, "");
	type("abc\004");
	assert_int_equal(ldisc_inq(&tty), 3);
	expect_read(100, "abc");
	expect_nothing();
	/* a buffer of just the right size uses the mark up too */
	type("abc\004de\n");
	expect_read(3, "abc");
	expect_read(100, "de\n");
	type("xy\004\004");
	expect_read(1, "x");
	expect_read(100, "y");
	expect_read(100, "");
	expect_nothing();
	/* but not after a line of that size */
	type("z\n\004");
	expect_read(2, "z\n");
	expect_read(100, "");
	expect_screen("abcabcde\r\nxyz\r\n");
}

static void erase(void **state)
{
	type(DEL "ab" DEL "c\n");
	expect_screen("ab" ERASED "c\r\n");
	expect_read(100, "ac\n");
	type("a\001" DEL "\n");
	expect_screen("a^A" ERASED ERASED "\r\n");
	expect_read(100, "a\n");
	type("ab\t" DEL "\t" DEL "\n");
	expect_screen("ab\t\b\b\b\b\b\b\t\b\b\b\b\b\b\r\n");
	expect_read(100, "ab\n");
	set_flags(0, 0, ECHOE);
	type("ab" DEL "\n");
	expect_screen("ab^?\r\n");
	expect_read(100, "a\n");
}

static void erase_utf8(void **state)
{
	set_flags(IUTF8, 0, 0);
	type("a\xc3\xa4" DEL "b\n");
	expect_screen("a\xc3\xa4" ERASED "b\r\n");
	expect_read(100, "ab\n");
	type("\xe2\x82\xac\027x\n");
	expect_read(100, "x\n");
}

static void erase_word(void **state)
{
	type("echo one_2, \027");
	expect_screen("echo one_2, " ERASED ERASED ERASED ERASED ERASED ERASED ERASED);
	type("\027\027\027x\n");
	expect_read(100, "x\n");
}

static void kill_line(void **state)
{
	type("first\nabc\025x\n");
	expect_screen("first\r\nabc" ERASED ERASED ERASED "x\r\n");
	expect_read(100, "first\n");
	expect_read(100, "x\n");
	set_flags(0, 0, ECHOKE);
	type("abc\025x\n");
	expect_screen("abc^U\r\nx\r\n");
	expect_read(100, "x\n");
	set_flags(0, 0, ECHOK);
	type("abc\025x\n");
	expect_screen("abc^Ux\r\n");
	expect_read(100, "x\n");
}

static void literal_and_reprint(void **state)
{
	type("a\026\003b\n");
	assert_int_equal(last_signal, 0);
	expect_screen("a^\b^Cb\r\n");
	expect_read(100, "a\003b\n");
	type("a\026\nb\n");
	expect_read(100, "a\nb\n");
	shown = 0;
	type("xy\022z\n");
	expect_screen("xy^R\r\nxyz\r\n");
	expect_read(100, "xyz\n");
	set_flags(0, 0, IEXTEN);
	type("a\026b\n");
	expect_read(100, "a\026b\n");
}

static void other_line_ends(void **state)
{
	tty.termios.c_cc[VEOL] = ';';
	tty.termios.c_cc[VEOL2] = '!';
	type("a;b!c\n");
	expect_screen("a;b!c\r\n");
	expect_read(100, "a;");
	expect_read(100, "b!");
	expect_read(100, "c\n");
}

static void echo_modes(void **state)
{
	set_flags(0, 0, ECHO);
	type("secret\n");
	expect_screen("");
	set_flags(0, ECHONL, 0);
	type("secret" DEL "\n");
	expect_screen("\r\n");
	expect_read(100, "secret\n");
	expect_read(100, "secre\n");
	set_flags(0, ECHO, ECHOCTL);
	type("a\001b" DEL DEL "\n");
	expect_screen("a\001b" ERASED "\r\n");
	expect_read(100, "a\n");
}

static void signals(void **state)
{
	type("line\nabc\003");
	assert_int_equal(last_signal, SIGINT);
	expect_screen("line\r\nabc^C");
	expect_nothing();
	type("\034");
	assert_int_equal(last_signal, SIGQUIT);
	set_flags(0, NOFLSH, 0);
	type("ab\032c\n");
	assert_int_equal(last_signal, SIGTSTP);
	expect_read(100, "abc\n");
	set_flags(0, 0, ISIG);
	last_signal = 0;
	type("\003\n");
	assert_int_equal(last_signal, 0);
	expect_read(100, "\003\n");
}

static void flow_control(void **state)
{
	type("a\023b");
	expect_screen("a");
	assert_int_equal(ldisc_write(&tty, "out", 3), 0);
	assert_false(ldisc_writable(&tty));
	type("\021");
	expect_screen("b");
	assert_int_equal(ldisc_write(&tty, "out", 3), 3);
	expect_screen("out");
	type("\023\003");
	assert_false(tty.stopped);
	type("\023");
	set_flags(0, 0, 0);
	tty.termios.c_iflag |= IXANY;
	type("x");
	assert_false(tty.stopped);
	type("\023");
	struct termios raw = tty.termios;
	raw.c_iflag &= ~(tcflag_t)IXON;
	ldisc_set_termios(&tty, &raw);
	assert_false(tty.stopped);
}

static void input_translation(void **state)
{
	tty.termios.c_iflag = INLCR;
	type("a\n\026\rb");
	set_flags(0, 0, ICANON);
	expect_read(100, "a\r\rb");
	set_flags(ICRNL | IGNCR | ISTRIP, 0, 0);
	type("\r\xe1");
	expect_read(100, "a");
}

static void raw_mode(void **state)
{
	set_flags(0, 0, ICANON | ECHO | ISIG | IEXTEN);
	tty.termios.c_iflag = 0;
	type_bytes("a\0\003\004\r", 5);
	assert_true(ldisc_readable(&tty, 5));
	assert_false(ldisc_readable(&tty, 6));
	assert_int_equal(ldisc_inq(&tty), 5);
	char buf[8];
	bool end;
	assert_int_equal(ldisc_read(&tty, buf, 8, &end), 5);
	assert_memory_equal(buf, "a\0\003\004\r", 5);
	assert_false(end);
}

static void mode_switch(void **state)
{
	type("line\nrest\004more");
	set_flags(0, 0, ICANON);
	char buf[64];
	bool end;
	assert_int_equal(ldisc_read(&tty, buf, 64, &end), 14);
	assert_memory_equal(buf, "line\nrest\0more", 14);
	type("abc");
	set_flags(0, ICANON, 0);
	type("def\n");
	expect_read(100, "abc");
	expect_read(100, "def\n");
	expect_nothing();
}

static void overflow(void **state)
{
	set_flags(0, 0, ECHO);
	for (int i = 0; i < 3 * TTY_BUF_SIZE; i++)
		type("x");
	assert_int_equal(ldisc_room(&tty), 1);
	expect_nothing();
	type("\n");
	assert_int_equal(ldisc_room(&tty), 0);
	assert_int_equal(ldisc_inq(&tty), TTY_BUF_SIZE);
	type("lost");
	char buf[8192];
	bool end;
	assert_int_equal(ldisc_read(&tty, buf, sizeof(buf), &end), TTY_BUF_SIZE);
	assert_true(end && buf[TTY_BUF_SIZE - 1] == '\n' && buf[TTY_BUF_SIZE - 2] == 'x');
	type("ok\n");
	expect_read(100, "ok\n");
	set_flags(0, 0, ICANON);
	for (int i = 0; i < 2 * TTY_BUF_SIZE; i++)
		type("y");
	assert_int_equal(ldisc_inq(&tty), TTY_BUF_SIZE - 1);
	assert_int_equal(ldisc_room(&tty), 0);
}

static void output(void **state)
{
	assert_int_equal(ldisc_write(&tty, "a\nb\tc\b\r\n", 8), 8);
	expect_screen("a\r\nb\tc\b\r\r\n");
	tty.termios.c_oflag |= XTABS;
	ldisc_write(&tty, "abc\td", 5);
	expect_screen("abc     d");
	tty.termios.c_oflag = OPOST | OCRNL | ONOCR | OLCUC;
	ldisc_write(&tty, "a\rb", 3);
	expect_screen("A\nB");
	tty.column = 0;
	tty.termios.c_oflag = OPOST | ONOCR;
	ldisc_write(&tty, "\rx\r", 3);
	expect_screen("x\r");
	tty.termios.c_oflag = 0;
	ldisc_write(&tty, "a\n", 2);
	expect_screen("a\n");
}

/* A driver without room: writes take nothing, echo waits and is not lost. */
static void no_room(void **state)
{
	room = 0;
	type("ab\n");
	assert_int_equal(ldisc_write(&tty, "x", 1), 0);
	expect_screen("");
	room = 10;
	assert_int_equal(ldisc_write(&tty, "0123456789", 10), 3);
	expect_screen("ab\r\n012");
	room = 0;
	for (int i = 0; i < 2 * TTY_ECHO_SIZE; i++)
		type("z");
	assert_int_equal(tty.echo_len, TTY_ECHO_SIZE);
	room = 100;
	ldisc_start(&tty);
	assert_int_equal(shown, 100);
	ldisc_flush_output(&tty);
	assert_int_equal(tty.echo_len, 0);
}

/* Any bytes in any mode keep the ring in order, and what was marked is unmarked. */
static void random_typing(void **state)
{
	static const tcflag_t modes[] = { ICANON, ECHO, ISIG, IEXTEN, ECHOE, ECHOK, ECHOKE, ECHOCTL, NOFLSH };
	unsigned int seed = 1;
	char buf[512];
	bool end;

	for (int round = 0; round < 200000; round++) {
		char c;

		seed = seed * 1103515245 + 12345;
		c = (char)(seed >> 16);
		if (seed >> 24 < 2)
			set_flags(0, modes[round % 9], 0);
		else if (seed >> 24 < 4)
			set_flags(0, 0, modes[round % 9]);
		type_bytes(&c, 1);
		shown = 0;
		if (seed >> 24 == 7)
			ldisc_read(&tty, buf, (seed >> 8) % sizeof(buf), &end);
	}
	while (ldisc_readable(&tty, 1))
		ldisc_read(&tty, buf, sizeof(buf), &end);
	for (unsigned int i = 0; i < TTY_BUF_SIZE / 64; i++)
		assert_true(tty.eol_map[i] == 0 && tty.eof_map[i] == 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines), TEST(end_of_file), TEST(erase), TEST(erase_utf8), TEST(erase_word), TEST(kill_line),
		TEST(literal_and_reprint), TEST(other_line_ends), TEST(echo_modes), TEST(signals), TEST(flow_control),
		TEST(input_translation), TEST(raw_mode), TEST(mode_switch), TEST(overflow), TEST(output), TEST(no_room),
		TEST(random_typing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
