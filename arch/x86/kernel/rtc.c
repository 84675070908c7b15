/*
 * rtc.c - the date, from the battery-backed clock (MC146818A and its descendants).
 *
 * The clock is not readable while it updates itself, once a second; so read until two readings
 * agree, each begun outside an update. Bounded: a clock that never settles is read as it is.
 */
#include <arch/io.h>
#include <arch/irqflags.h>
#include <tine/spinlock.h>
#include <tine/string.h>
#include <tine/time.h>

#define RTC_INDEX	0x70
#define RTC_DATA	0x71

#define RTC_SECONDS	0x00
#define RTC_MINUTES	0x02
#define RTC_HOURS	0x04
#define RTC_DAY		0x07
#define RTC_MONTH	0x08
#define RTC_YEAR	0x09
#define RTC_STATUS_A	0x0a
#define RTC_STATUS_B	0x0b
#define RTC_CENTURY	0x32	/* as PCs have it, in BCD like the year; 0 if they do not */

#define STATUS_A_UPDATING 0x80
#define STATUS_B_24H	0x02
#define STATUS_B_BINARY	0x04
#define HOURS_PM	0x80

#define UPDATE_POLLS	100000	/* an update takes 2 ms */
#define READ_TRIES	10

static DEFINE_SPINLOCK(rtc_lock);	/* irqs off: index, then data */

struct rtc_time {
	u8 second, minute, hour, day, month, year, century;
};

static u8 cmos_read(u8 reg)
{
	outb(RTC_INDEX, reg);
	return inb(RTC_DATA);
}

static void read_once(struct rtc_time *t)
{
	unsigned int polls;

	for (polls = 0; polls < UPDATE_POLLS && (cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING); polls++)
		cpu_relax();
	t->second = cmos_read(RTC_SECONDS);
	t->minute = cmos_read(RTC_MINUTES);
	t->hour = cmos_read(RTC_HOURS);
	t->day = cmos_read(RTC_DAY);
	t->month = cmos_read(RTC_MONTH);
	t->year = cmos_read(RTC_YEAR);
	t->century = cmos_read(RTC_CENTURY);
}

/* A value as the clock stores it to a number. */
static unsigned int decode(u8 value, u8 status_b)
{
	if (status_b & STATUS_B_BINARY)
		return value;
	return (value & 0xf) + (value >> 4) * 10U;
}

static unsigned int decode_hour(u8 hour, u8 status_b)
{
	unsigned int h;

	if (status_b & STATUS_B_24H)
		return decode(hour, status_b);
	h = decode(hour & (u8)~HOURS_PM, status_b) % 12;
	return hour & HOURS_PM ? h + 12 : h;
}

/* Days from 1970-01-01 in the Gregorian calendar, counting years from March so that leap days are last. */
static u64 days_since_1970(unsigned int year, unsigned int month, unsigned int day)
{
	unsigned int y = month <= 2 ? year - 1 : year;
	unsigned int m = (month + 9) % 12;

	return y * 365UL + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

ktime_t rtc_read(void)
{
	struct rtc_time t, again;
	unsigned int tries, year, century;
	unsigned long flags;
	u64 seconds;
	u8 b;

	flags = spin_lock_irqsave(&rtc_lock);
	b = cmos_read(RTC_STATUS_B);
	read_once(&t);
	for (tries = 0; tries < READ_TRIES; tries++) {
		read_once(&again);
		if (!memcmp(&t, &again, sizeof(t)))
			break;
		t = again;
	}
	spin_unlock_irqrestore(&rtc_lock, flags);

	century = decode(t.century, b);
	if (century < 19 || century > 29)
		century = 20;
	year = century * 100 + decode(t.year, b);
	if (year < 1970)
		return 0;
	seconds = days_since_1970(year, decode(t.month, b), decode(t.day, b)) * 86400;
	seconds += decode_hour(t.hour, b) * 3600 + decode(t.minute, b) * 60 + decode(t.second, b);
	return seconds * NSEC_PER_SEC;
}
