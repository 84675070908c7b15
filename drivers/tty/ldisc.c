/*
 * ldisc.c - the line discipline N_TTY: what happens to bytes between the device and the programs.
 *
 * Input is edited a line at a time (ICANON) or handed on as it comes, control characters become
 * signals, and what was typed is echoed. Output gets its carriage returns. termios(3) defines the
 * modes; where it leaves a choice we do what Linux does.
 *
 * The ring: head, canon and tail only ever grow, and index buf[] modulo its size.
 *
 *	tail ........ canon ........ head
 *	  whole lines or     the line being edited
 *	  raw bytes
 *
 * tail <= canon <= head <= tail + TTY_BUF_SIZE. In raw mode canon == head. A bit in eol_map marks the
 * last byte of a line, one in eof_map a line end that is not itself data (^D). The last byte of the
 * ring is kept for a line end, so that an over-long line can always be finished; the excess is lost.
 *
 * Pure: no sleeping, no waking, no signals sent; tty.c does these. Everything runs with tty->lock
 * held. Also compiled for the host: tests/unit/test_ldisc.c.
 */
#include <tine/bitmap.h>
#include <tine/string.h>

#include "tty_internal.h"

#define RING_MASK	(TTY_BUF_SIZE - 1)
#define TAB_WIDTH	8
#define MAX_EXPANSION	TAB_WIDTH	/* bytes that one output byte may become */

#define I_FLAG(tty, f)	(((tty)->termios.c_iflag & (f)) != 0)
#define O_FLAG(tty, f)	(((tty)->termios.c_oflag & (f)) != 0)
#define L_FLAG(tty, f)	(((tty)->termios.c_lflag & (f)) != 0)

/* Is @c the control character @index? The value 0 disables one. */
static bool is_cc(const struct tty_struct *tty, unsigned char c, unsigned int index)
{
	return c != 0 && c == tty->termios.c_cc[index];
}

/* The same for the characters that only IEXTEN knows. */
static bool is_ext_cc(const struct tty_struct *tty, unsigned char c, unsigned int index)
{
	return L_FLAG(tty, IEXTEN) && is_cc(tty, c, index);
}

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

/* Letters are Latin-1's, which takes in the first bytes of UTF-8 sequences. */
static bool is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}

static unsigned char to_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static unsigned char to_upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* A byte of a UTF-8 sequence other than its first: takes no column of its own. */
static bool is_continuation(const struct tty_struct *tty, unsigned char c)
{
	return I_FLAG(tty, IUTF8) && (c & 0xc0) == 0x80;
}

static unsigned char ring_byte(const struct tty_struct *tty, unsigned int at)
{
	return tty->buf[at & RING_MASK];
}

/* ---- output ------------------------------------------------------------------------------- */

static unsigned int driver_room(const struct tty_struct *tty)
{
	struct tty_struct *t = (struct tty_struct *)tty;

	return tty->driver->write_room ? tty->driver->write_room(t) : ~0U;
}

bool ldisc_writable(const struct tty_struct *tty)
{
	return !tty->stopped && driver_room(tty) >= MAX_EXPANSION;
}

/* The text that @c becomes under OPOST, at most MAX_EXPANSION bytes; keeps track of the column. */
static unsigned int process_output(struct tty_struct *tty, unsigned char c, char *out)
{
	unsigned int spaces = TAB_WIDTH - tty->column % TAB_WIDTH;

	if (c == '\r' && O_FLAG(tty, ONOCR) && tty->column == 0)
		return 0;
	if (c == '\r' && O_FLAG(tty, OCRNL))
		c = '\n';
	else if (c == '\n' && O_FLAG(tty, ONLCR)) {
		tty->column = 0;
		memcpy(out, "\r\n", 2);
		return 2;
	}
	if (c == '\r' || (c == '\n' && O_FLAG(tty, ONLRET))) {
		tty->column = 0;
	} else if (c == '\t') {
		tty->column += spaces;
		if ((tty->termios.c_oflag & TABDLY) == XTABS) {
			memset(out, ' ', spaces);
			return spaces;
		}
	} else if (c == '\b') {
		tty->column -= tty->column > 0;
	} else if (!is_control(c)) {
		tty->column += !is_continuation(tty, c);
		if (O_FLAG(tty, OLCUC))
			c = to_upper(c);
	}
	*out = c;
	return 1;
}

/* Show what echo had to wait. */
static void push_echo(struct tty_struct *tty)
{
	unsigned int n = min(driver_room(tty), tty->echo_len);

	if (tty->stopped || !n)
		return;
	tty->driver->write(tty, (const char *)tty->echo_buf, n);
	tty->echo_len -= n;
	memmove(tty->echo_buf, tty->echo_buf + n, tty->echo_len);
}

size_t ldisc_write(struct tty_struct *tty, const char *text, size_t len)
{
	char out[256];
	size_t done = 0;
	unsigned int used = 0, room;

	push_echo(tty);
	if (tty->echo_len || !ldisc_writable(tty))
		return 0;
	room = min(driver_room(tty), (unsigned int)sizeof(out));
	if (!O_FLAG(tty, OPOST)) {
		done = min_t(size_t, len, driver_room(tty));
		tty->driver->write(tty, text, done);
		return done;
	}
	while (done < len && used + MAX_EXPANSION <= room)
		used += process_output(tty, text[done++], out + used);
	if (used)
		tty->driver->write(tty, out, used);
	return done;
}

void ldisc_stop(struct tty_struct *tty)
{
	tty->stopped = true;
}

void ldisc_start(struct tty_struct *tty)
{
	tty->stopped = false;
	push_echo(tty);
}

/* ---- echo --------------------------------------------------------------------------------- */

/* Output of the terminal's own, which waits in echo_buf while it cannot be shown. */
static void echo_byte(struct tty_struct *tty, unsigned char c)
{
	char out[MAX_EXPANSION];
	unsigned int n = 1;

	out[0] = c;
	if (O_FLAG(tty, OPOST))
		n = process_output(tty, c, out);
	push_echo(tty);
	if (!tty->echo_len && ldisc_writable(tty)) {
		tty->driver->write(tty, out, n);
	} else if (tty->echo_len + n <= TTY_ECHO_SIZE) {
		memcpy(tty->echo_buf + tty->echo_len, out, n);
		tty->echo_len += n;
	}
}

static void echo_text(struct tty_struct *tty, const char *text)
{
	while (*text)
		echo_byte(tty, *text++);
}

/* Is @c shown as ^X? */
static bool echoes_as_caret(const struct tty_struct *tty, unsigned char c)
{
	return is_control(c) && c != '\t' && L_FLAG(tty, ECHOCTL);
}

static void echo_char(struct tty_struct *tty, unsigned char c)
{
	if (echoes_as_caret(tty, c)) {
		echo_byte(tty, '^');
		c ^= 0x40;
	}
	echo_byte(tty, c);
}

/* The column after @c was echoed at @column. */
static unsigned int column_after(const struct tty_struct *tty, unsigned char c, unsigned int column)
{
	if (c == '\t')
		return ALIGN_DOWN(column, TAB_WIDTH) + TAB_WIDTH;
	if (echoes_as_caret(tty, c))
		return column + 2;
	return column + !(is_control(c) || is_continuation(tty, c));
}

static unsigned int line_column(const struct tty_struct *tty)
{
	unsigned int column = tty->canon_column;

	for (unsigned int i = tty->canon; i != tty->head; i++)
		column = column_after(tty, ring_byte(tty, i), column);
	return column;
}

/* Erase the picture of @c, which stood at the end of the line and is already out of the ring. */
static void echo_erased(struct tty_struct *tty, unsigned char c)
{
	unsigned int column = line_column(tty);
	unsigned int width = column_after(tty, c, column) - column;

	for (unsigned int i = 0; i < width; i++)
		echo_text(tty, c == '\t' ? "\b" : "\b \b");
}

/* ---- editing a line ----------------------------------------------------------------------- */

/* Where the last character of the line begins, which in UTF-8 may have several bytes. */
static unsigned int last_character(const struct tty_struct *tty)
{
	unsigned int at = tty->head - 1;

	while (is_continuation(tty, ring_byte(tty, at)) && at != tty->canon)
		at--;
	return at;
}

/* Take it off the line; returns its first byte. */
static unsigned char remove_last(struct tty_struct *tty)
{
	tty->head = last_character(tty);
	return ring_byte(tty, tty->head);
}

static void erase_last(struct tty_struct *tty)
{
	unsigned char c = remove_last(tty);

	if (!L_FLAG(tty, ECHO))
		return;
	if (L_FLAG(tty, ECHOE))
		echo_erased(tty, c);
	else
		echo_char(tty, tty->termios.c_cc[VERASE]);
}

/* Back over blanks and punctuation, then over the word before them. */
static void erase_word(struct tty_struct *tty)
{
	bool in_word = false;

	while (tty->head != tty->canon) {
		unsigned char c = ring_byte(tty, last_character(tty));

		if (in_word && !is_word(c))
			break;
		in_word |= is_word(c);
		remove_last(tty);
		if (L_FLAG(tty, ECHO))
			echo_erased(tty, c);
	}
}

static void kill_line(struct tty_struct *tty)
{
	bool visibly = L_FLAG(tty, ECHOK) && L_FLAG(tty, ECHOKE) && L_FLAG(tty, ECHOE);

	if (L_FLAG(tty, ECHO) && visibly) {
		while (tty->head != tty->canon)
			echo_erased(tty, remove_last(tty));
		return;
	}
	tty->head = tty->canon;
	if (L_FLAG(tty, ECHO)) {
		echo_char(tty, tty->termios.c_cc[VKILL]);
		if (L_FLAG(tty, ECHOK))
			echo_byte(tty, '\n');
	}
}

static void reprint_line(struct tty_struct *tty)
{
	echo_char(tty, tty->termios.c_cc[VREPRINT]);
	echo_byte(tty, '\n');
	tty->canon_column = tty->column;
	for (unsigned int i = tty->canon; i != tty->head; i++)
		echo_char(tty, ring_byte(tty, i));
}

/* ---- input -------------------------------------------------------------------------------- */

unsigned int ldisc_room(const struct tty_struct *tty)
{
	unsigned int used = tty->head - tty->tail;

	if (used < TTY_BUF_SIZE - 1)
		return TTY_BUF_SIZE - 1 - used;
	/* nothing to read until the over-long line is ended: let the byte that may do it in */
	return L_FLAG(tty, ICANON) && tty->canon == tty->tail;
}

/* Echo and keep a byte that has no meaning to the line discipline. */
static void receive_plain(struct tty_struct *tty, unsigned char c, bool literal)
{
	if (L_FLAG(tty, ECHO)) {
		if (tty->head == tty->canon)
			tty->canon_column = tty->column;
		if (c == '\n' && !literal)
			echo_byte(tty, c);
		else
			echo_char(tty, c);
	}
	if (tty->head - tty->tail >= TTY_BUF_SIZE - 1)
		return;
	tty->buf[tty->head++ & RING_MASK] = c;
	if (!L_FLAG(tty, ICANON))
		tty->canon = tty->head;
}

static void end_line(struct tty_struct *tty, unsigned char c, bool eof)
{
	unsigned int at = tty->head & RING_MASK;

	tty->buf[at] = c;
	set_bit(eof ? tty->eof_map : tty->eol_map, at);
	tty->canon = ++tty->head;
}

static void receive_newline(struct tty_struct *tty)
{
	if (L_FLAG(tty, ECHO) || L_FLAG(tty, ECHONL))
		echo_byte(tty, '\n');
	end_line(tty, '\n', false);
}

/* True if @c edited or ended the line. */
static bool receive_canonical(struct tty_struct *tty, unsigned char c)
{
	bool erase = is_cc(tty, c, VERASE), erase_w = is_ext_cc(tty, c, VWERASE);

	if (erase || erase_w || is_cc(tty, c, VKILL)) {
		if (tty->head != tty->canon)
			erase ? erase_last(tty) : erase_w ? erase_word(tty) : kill_line(tty);
	} else if (is_ext_cc(tty, c, VLNEXT)) {
		tty->lnext = true;
		if (L_FLAG(tty, ECHO) && L_FLAG(tty, ECHOCTL))
			echo_text(tty, "^\b");
	} else if (is_ext_cc(tty, c, VREPRINT) && L_FLAG(tty, ECHO)) {
		reprint_line(tty);
	} else if (c == '\n') {
		receive_newline(tty);
	} else if (is_cc(tty, c, VEOF)) {
		end_line(tty, '\0', true);
	} else if (is_cc(tty, c, VEOL) || is_ext_cc(tty, c, VEOL2)) {
		if (L_FLAG(tty, ECHO))
			echo_char(tty, c);
		end_line(tty, c, false);
	} else {
		return false;
	}
	return true;
}

/* ^S and ^Q: true if @c was one of them. */
static bool receive_flow_control(struct tty_struct *tty, unsigned char c)
{
	if (!I_FLAG(tty, IXON))
		return false;
	if (is_cc(tty, c, VSTART))
		ldisc_start(tty);
	else if (is_cc(tty, c, VSTOP))
		ldisc_stop(tty);
	else
		return false;
	return true;
}

static int signal_of(const struct tty_struct *tty, unsigned char c)
{
	if (!L_FLAG(tty, ISIG))
		return 0;
	if (is_cc(tty, c, VINTR))
		return SIGINT;
	if (is_cc(tty, c, VQUIT))
		return SIGQUIT;
	return is_cc(tty, c, VSUSP) ? SIGTSTP : 0;
}

static void receive_signal(struct tty_struct *tty, unsigned char c)
{
	if (!L_FLAG(tty, NOFLSH)) {
		ldisc_flush_input(tty);
		ldisc_flush_output(tty);
	}
	if (I_FLAG(tty, IXON))
		ldisc_start(tty);
	if (L_FLAG(tty, ECHO))
		echo_char(tty, c);
}

int ldisc_receive(struct tty_struct *tty, unsigned char c)
{
	unsigned char typed;
	int sig;

	if (I_FLAG(tty, ISTRIP))
		c &= 0x7f;
	if (I_FLAG(tty, IUCLC) && L_FLAG(tty, IEXTEN))
		c = to_lower(c);
	if (tty->lnext) {
		tty->lnext = false;
		receive_plain(tty, c, true);
		return 0;
	}
	if (receive_flow_control(tty, c))
		return 0;
	sig = signal_of(tty, c);
	if (sig) {
		receive_signal(tty, c);
		return sig;
	}
	if (tty->stopped && I_FLAG(tty, IXON) && I_FLAG(tty, IXANY))
		ldisc_start(tty);
	if (c == '\r' && I_FLAG(tty, IGNCR))
		return 0;
	typed = c;
	if (c == '\r' && I_FLAG(tty, ICRNL))
		c = '\n';
	else if (c == '\n' && I_FLAG(tty, INLCR))
		c = '\r';
	if (!L_FLAG(tty, ICANON) || !receive_canonical(tty, c))
		receive_plain(tty, c, c == typed);
	return 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

bool ldisc_readable(const struct tty_struct *tty, unsigned int minimum)
{
	if (L_FLAG(tty, ICANON))
		return tty->canon != tty->tail;
	return tty->canon - tty->tail >= minimum;
}

/* Take the mark at @at off @map; says whether it was there. */
static bool take_mark(unsigned long *map, unsigned int at)
{
	bool marked = test_bit(map, at);

	if (marked)
		clear_bit(map, at);
	return marked;
}

size_t ldisc_read(struct tty_struct *tty, char *buf, size_t size, bool *end)
{
	size_t n = 0;

	*end = false;
	while (n < size && !*end && tty->tail != tty->canon) {
		unsigned int at = tty->tail++ & RING_MASK;

		if (take_mark(tty->eof_map, at)) {
			*end = true;
		} else {
			buf[n++] = tty->buf[at];
			*end = take_mark(tty->eol_map, at);
		}
	}
	return n;
}

void ldisc_skip_eof(struct tty_struct *tty)
{
	if (tty->tail != tty->canon && take_mark(tty->eof_map, tty->tail & RING_MASK))
		tty->tail++;
}

unsigned int ldisc_inq(const struct tty_struct *tty)
{
	unsigned int n = tty->canon - tty->tail;

	for (unsigned int i = tty->tail; i != tty->canon; i++)
		n -= test_bit(tty->eof_map, i & RING_MASK);
	return n;
}

void ldisc_flush_input(struct tty_struct *tty)
{
	tty->tail = tty->canon = tty->head;
	tty->lnext = false;
	memset(tty->eol_map, 0, sizeof(tty->eol_map));
	memset(tty->eof_map, 0, sizeof(tty->eof_map));
}

void ldisc_flush_output(struct tty_struct *tty)
{
	tty->echo_len = 0;
	if (tty->driver->flush_buffer)
		tty->driver->flush_buffer(tty);
}

unsigned int ldisc_outq(struct tty_struct *tty)
{
	unsigned int n = tty->driver->chars_in_buffer ? tty->driver->chars_in_buffer(tty) : 0;

	return n + tty->echo_len;
}

/*
 * Input that waits when ICANON changes is kept: raw bytes become one line, lines and the unfinished
 * one become raw bytes.
 */
static void switch_mode(struct tty_struct *tty, bool canonical)
{
	memset(tty->eol_map, 0, sizeof(tty->eol_map));
	memset(tty->eof_map, 0, sizeof(tty->eof_map));
	tty->lnext = false;
	tty->canon = tty->head;
	if (canonical && tty->head != tty->tail)
		set_bit(tty->eol_map, (tty->head - 1) & RING_MASK);
}

void ldisc_set_termios(struct tty_struct *tty, const struct termios *new)
{
	tcflag_t changed = tty->termios.c_lflag ^ new->c_lflag;
	bool flow_off = I_FLAG(tty, IXON) && !(new->c_iflag & IXON);

	tty->termios = *new;
	if (changed & ICANON)
		switch_mode(tty, L_FLAG(tty, ICANON));
	if (flow_off && tty->stopped)
		ldisc_start(tty);
}
