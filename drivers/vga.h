/*
 * vga.h - the text screen, as early_console.c registers it.
 */
#pragma once

#include <tine/printk.h>

extern struct console vga_console;
void vga_init(void);
