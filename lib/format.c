/*
 * format.c - printf for the kernel: what format.h lists, nothing else.
 *
 * A conversion is parsed into a struct spec, turned into digits or text, and laid out by one
 * function that knows padding. Output beyond the buffer is counted but not stored. An unknown
 * conversion is copied as it stands, so that the mistake is seen. Semantics: fprintf(3).
 */
#include <tine/format.h>
#include <tine/string.h>

struct out {
	char *buf;
	size_t size;		/* of buf, room for the null included */
	size_t len;		/* of the whole text, stored or not */
};

struct spec {
	bool left, zero, plus, space, alt;	/* flags - 0 + space # */
	int width;
	int precision;				/* -1: none given */
	int length;				/* bytes of an integer argument */
	unsigned int base;
	bool is_signed, upper;
};

/* The longest number is 64 bits in octal. */
#define MAX_DIGITS 22

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_repeated(struct out *out, char c, int n)
{
	while (n-- > 0)
		put(out, c);
}

static void put_text(struct out *out, const char *s, int n)
{
	while (n-- > 0)
		put(out, *s++);
}

/* @prefix (sign, 0x), @zeros zeros, @body, padded to the width. */
static void put_field(struct out *out, const struct spec *spec, const char *prefix, int zeros,
		      const char *body, int body_len)
{
	int prefix_len = (int)strlen(prefix);
	int pad = spec->width - prefix_len - zeros - body_len;

	if (!spec->left)
		put_repeated(out, ' ', pad);
	put_text(out, prefix, prefix_len);
	put_repeated(out, '0', zeros);
	put_text(out, body, body_len);
	if (spec->left)
		put_repeated(out, ' ', pad);
}

/* Digits of @value right-aligned before @end, none for 0; returns how many. */
static int make_digits(char *end, u64 value, const struct spec *spec)
{
	const char *digits = spec->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	for (; value; value /= spec->base, n++)
		*--end = digits[value % spec->base];
	return n;
}

static const char *number_prefix(const struct spec *spec, bool negative, u64 magnitude)
{
	if (spec->is_signed)
		return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	if (spec->alt && spec->base == 16 && magnitude)
		return spec->upper ? "0X" : "0x";
	return "";
}

static void put_number(struct out *out, const struct spec *spec, u64 value)
{
	bool negative = spec->is_signed && (s64)value < 0;
	u64 magnitude = negative ? -value : value;
	const char *prefix = number_prefix(spec, negative, magnitude);
	char buf[MAX_DIGITS], *end = buf + MAX_DIGITS;
	int n = make_digits(end, magnitude, spec);
	int zeros;

	if (spec->precision >= 0)
		zeros = spec->precision - n;
	else if (spec->zero && !spec->left)
		zeros = max(spec->width - (int)strlen(prefix) - n, 1 - n);
	else
		zeros = 1 - n;
	/* '#' with %o: the first digit is a zero, whatever it takes. */
	if (spec->alt && spec->base == 8 && zeros <= 0)
		zeros = 1;
	put_field(out, spec, prefix, max(zeros, 0), end - n, n);
}

static void put_string(struct out *out, const struct spec *spec, const char *s)
{
	size_t len;

	if (!s)
		s = "(null)";
	len = strnlen(s, spec->precision >= 0 ? (size_t)spec->precision : (size_t)__INT_MAX__);
	put_field(out, spec, "", 0, s, (int)len);
}

static const char *parse_flags(const char *f, struct spec *spec)
{
	for (;; f++) {
		switch (*f) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case '+': spec->plus = true; break;
		case ' ': spec->space = true; break;
		case '#': spec->alt = true; break;
		default: return f;
		}
	}
}

/* A number in the format, or '*': the next argument. Absurd widths are cut, they are mistakes. */
static const char *parse_count(const char *f, int *count, va_list *args)
{
	*count = 0;
	if (*f == '*') {
		*count = va_arg(*args, int);
		return f + 1;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		*count = min(*count * 10 + (*f - '0'), 100000);
	return f;
}

static const char *parse_length(const char *f, struct spec *spec)
{
	spec->length = sizeof(int);
	switch (*f) {
	case 'h':
		spec->length = f[1] == 'h' ? 1 : 2;
		return f + (f[1] == 'h' ? 2 : 1);
	case 'l':
		spec->length = 8;
		return f + (f[1] == 'l' ? 2 : 1);
	case 'z':
	case 't':
		spec->length = 8;
		return f + 1;
	default:
		return f;
	}
}

static const char *parse_spec(const char *f, struct spec *spec, va_list *args)
{
	*spec = (struct spec){ .precision = -1 };
	f = parse_flags(f, spec);
	f = parse_count(f, &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = spec->width == -__INT_MAX__ - 1 ? 0 : -spec->width;
	}
	if (*f == '.') {
		f = parse_count(f + 1, &spec->precision, args);
		if (spec->precision < 0)
			spec->precision = -1;
	}
	return parse_length(f, spec);
}

/* The next integer argument, cut to its length and extended by its sign. */
static u64 next_integer(const struct spec *spec, va_list *args)
{
	unsigned int shift = 64 - 8 * (unsigned int)spec->length;
	u64 value = spec->length == 8 ? va_arg(*args, u64) : va_arg(*args, unsigned int);

	value <<= shift;
	return spec->is_signed ? (u64)((s64)value >> shift) : value >> shift;
}

static void put_integer(struct out *out, struct spec *spec, char conversion, va_list *args)
{
	spec->is_signed = conversion == 'd' || conversion == 'i';
	spec->upper = conversion == 'X';
	spec->base = conversion == 'o' ? 8 : conversion == 'x' || conversion == 'X' ? 16 : 10;
	put_number(out, spec, next_integer(spec, args));
}

static void put_pointer(struct out *out, struct spec *spec, const void *ptr)
{
	spec->alt = true;
	spec->base = 16;
	put_number(out, spec, (unsigned long)ptr);
}

/* One conversion, @f behind its '%'; returns what follows it. */
static const char *convert(struct out *out, const char *f, va_list *args)
{
	const char *start = f;
	struct spec spec;
	char c;

	f = parse_spec(f, &spec, args);
	switch (*f) {
	case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
		put_integer(out, &spec, *f, args);
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_field(out, &spec, "", 0, &c, 1);
		break;
	case 's':
		put_string(out, &spec, va_arg(*args, const char *));
		break;
	case 'p':
		put_pointer(out, &spec, va_arg(*args, const void *));
		break;
	case '%':
		put(out, '%');
		break;
	default:
		put(out, '%');
		return start;
	}
	return f + 1;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		if (*fmt == '%')
			fmt = convert(&out, fmt + 1, &copy);
		else
			put(&out, *fmt++);
	}
	va_end(copy);
	if (size)
		buf[min(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	if (!size)
		return 0;
	return min(len, (int)size - 1);
}
