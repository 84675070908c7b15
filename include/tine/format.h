/*
 * format.h - formatted output into a buffer.
 *
 * Conversions: d i u x X o c s p %, flags - 0 + space #, width and precision (also *), lengths
 * hh h l ll z t. No floating point.
 */
#pragma once

#include <stdarg.h>
#include <tine/compiler.h>

/*
 * Like snprintf(3): write at most @size bytes with the terminating null, return the length the
 * whole text would have had.
 */
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
/* The same, but returns what was really written, without the null. */
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
