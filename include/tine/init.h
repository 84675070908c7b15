/*
 * init.h - what the boot loader told us, and the order in which the kernel comes up.
 */
#pragma once

#include <tine/types.h>

#define COMMAND_LINE_SIZE 2048

extern char boot_command_line[COMMAND_LINE_SIZE];	/* without GRUB's leading path */
extern phys_addr_t initrd_start, initrd_end;		/* 0, 0 if there is no module */

/* The value of "name=value" on the command line copied to @buf (cut at @size), false if absent.
 * Arguments after "--" belong to PID 1 and are not looked at. */
bool cmdline_option(const char *name, char *buf, size_t size);

/* Stages of the architecture, called by start_kernel() in this order. */
void arch_early_init(void);	/* serial console, traps, boot information, memory map */
void paging_init(void);		/* final page tables: direct map, W^X */
void arch_init(void);		/* ACPI, interrupt controllers, clocks */

/* Drivers, called once memory and interrupts work. */
void console_early_init(void);	/* polled serial and VGA output: before anything can fail */
void serial_init(void);		/* interrupt-driven ttyS0 */
void mem_devices_init(void);	/* null, zero, full, random, urandom */
