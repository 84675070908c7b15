/*
 * vga.c - the log on the PC's text screen: 80 columns, 25 rows.
 *
 * The text memory holds far more rows than the screen shows, and the controller can be told where
 * the screen begins. So scrolling moves that origin by a row, which costs one cleared row, and only
 * at the end of the memory is a screenful copied back to its start. (Under an emulator each byte of
 * text memory that is touched is dear.) IBM VGA Technical Reference, "CRT Controller Registers".
 */
#include <arch/io.h>
#include <tine/page.h>

#include "vga.h"

#define VGA_TEXT_PHYS	0xb8000
#define VGA_CELLS	(32768 / 2)
#define COLUMNS		80
#define ROWS		25
#define TAB_WIDTH	8
#define ATTRIBUTE	0x07		/* light grey on black */

#define CRTC_INDEX	0x3d4
#define CRTC_DATA	0x3d5
#define CRTC_START	0x0c		/* high byte; the low one follows */
#define CRTC_CURSOR	0x0e

static unsigned int origin;		/* cell at the top left corner */
static unsigned int row, column;

static volatile u16 *cell(unsigned int index)
{
	return (volatile u16 *)__va(VGA_TEXT_PHYS) + index;
}

static void crtc_write16(u8 index, u16 value)
{
	outb(CRTC_INDEX, index);
	outb(CRTC_DATA, value >> 8);
	outb(CRTC_INDEX, index + 1);
	outb(CRTC_DATA, value & 0xff);
}

static void clear_cells(unsigned int from, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		*cell(from + i) = ATTRIBUTE << 8 | ' ';
}

static void scroll(void)
{
	unsigned int next = origin + COLUMNS;

	if (next + ROWS * COLUMNS > VGA_CELLS) {
		for (unsigned int i = 0; i < (ROWS - 1) * COLUMNS; i++)
			*cell(i) = *cell(next + i);
		next = 0;
	}
	origin = next;
	clear_cells(origin + (ROWS - 1) * COLUMNS, COLUMNS);
	crtc_write16(CRTC_START, origin);
}

static void newline(void)
{
	column = 0;
	if (row < ROWS - 1)
		row++;
	else
		scroll();
}

static void vga_putc(char c)
{
	switch (c) {
	case '\n':
		newline();
		return;
	case '\r':
		column = 0;
		return;
	case '\t':
		column = ALIGN_DOWN(column, TAB_WIDTH) + TAB_WIDTH;
		break;
	default:
		*cell(origin + row * COLUMNS + column) = ATTRIBUTE << 8 | (u8)c;
		column++;
	}
	if (column >= COLUMNS)
		newline();
}

static void vga_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		vga_putc(text[i]);
	crtc_write16(CRTC_CURSOR, origin + row * COLUMNS + column);
}

void vga_init(void)
{
	clear_cells(0, ROWS * COLUMNS);
	crtc_write16(CRTC_START, 0);
	crtc_write16(CRTC_CURSOR, 0);
}

struct console vga_console = { .name = "tty0", .write = vga_write };
