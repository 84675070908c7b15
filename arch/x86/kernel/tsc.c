/*
 * tsc.c - time: the cycle counter as clock, the local APIC's timer as alarm.
 *
 * Both frequencies are measured at boot, the counter's against channel 2 of the 8254 timer, the
 * alarm's against the counter. A measurement yields a bracket: the readings just before and just
 * after each of its two ends say how short and how long it may have been. Of all frequencies in
 * the bracket the roundest is taken, since oscillators have round ones; under QEMU's icount, where
 * the counter counts instructions at 1 GHz, that makes nanoseconds and cycles the same thing. An
 * emulator's thread may lose its CPU during a measurement: the bracket widens, and it is repeated.
 *
 * Conversions multiply by a fixed-point factor with 32 fraction bits, through 128 bits: exact to
 * less than 1 in 10^9, and no overflow.
 *
 * Intel SDM volume 3, "Time-Stamp Counter", "APIC Timer"; 8254 datasheet, "Mode 0".
 */
#include <arch/apic.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/setup.h>
#include <tine/printk.h>
#include <tine/time.h>

#define PIT_HZ		1193182UL
#define PIT_CHANNEL2	0x42
#define PIT_COMMAND	0x43
#define PIT_CH2_MODE0	0xb0	/* channel 2, low byte then high byte, mode 0, binary */
#define PIT_GATE_PORT	0x61
#define PIT_GATE	0x01	/* channel 2 counts */
#define PIT_SPEAKER	0x02
#define PIT_OUT		0x20	/* it has counted down */

#define CPUID_TSC	0x15

#define ROUGH_TICKS	(PIT_HZ / 1000)	/* 1 ms: to know how long to wait without polling */
#define FINE_TICKS	(PIT_HZ / 50)	/* 20 ms */
#define PIT_MAX_TICKS	65535	/* the counter has 16 bits */
#define LAPIC_MS	10
#define MAX_POLLS	1000000
#define MAX_TRIES	5
#define GOOD_ENOUGH	20000		/* bracket narrower than 1 part in so many: 50 ppm */
#define SPIN_LOOPS	200

static u64 tsc_base;		/* counter when the clock was at 0 */
static u64 tsc_mult;		/* ns per cycle, 32 fraction bits */
static u64 lapic_mult;		/* timer clocks per ns, 32 fraction bits */

struct bracket {
	u64 min, max;
};

static force_inline u64 mul_shift32(u64 a, u64 mult)
{
	return (u64)(((unsigned __int128)a * mult) >> 32);
}

/* @a * @b / @c where the product may need more than 64 bits but the result does not. */
static u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 low, high;

	__asm__("mulq %3" : "=a"(low), "=d"(high) : "a"(a), "r"(b));
	__asm__("divq %2" : "+a"(low), "+d"(high) : "r"(c));
	return low;
}

/* Wait until the counter has reached @until: mostly plain instructions, which are cheap to emulate. */
static void spin_until(u64 until)
{
	unsigned int i;

	while (rdtsc() < until) {
		for (i = 0; i < SPIN_LOOPS; i++)
			barrier();
		cpu_relax();
	}
}

/* The number in the bracket with the most zeros at its end. */
static u64 roundest(struct bracket b)
{
	u64 step = 1000000000, n;

	for (; step > 1; step /= 10) {
		n = (b.min + step - 1) / step * step;
		if (n <= b.max)
			return n;
	}
	return b.min + (b.max - b.min) / 2;
}

static bool good_enough(struct bracket b)
{
	return b.max - b.min < b.min / GOOD_ENOUGH;
}

static bool better(struct bracket a, struct bracket b)
{
	return a.max - a.min < b.max - b.min;
}

/* ---- the counter ---- */

/*
 * How many cycles pass in @ticks of the 8254. @about: cycles to wait before polling. False if the
 * 8254 does not come to an end.
 */
static bool pit_measure(unsigned int ticks, u64 about, struct bracket *cycles)
{
	u64 before, after, last, now;
	unsigned int polls = 0;

	outb(PIT_GATE_PORT, (inb(PIT_GATE_PORT) & (u8)~PIT_SPEAKER) | PIT_GATE);
	outb(PIT_COMMAND, PIT_CH2_MODE0);
	outb(PIT_CHANNEL2, (u8)ticks);
	before = rdtsc();
	outb(PIT_CHANNEL2, (u8)(ticks >> 8));	/* it starts here */
	after = rdtsc();
	spin_until(after + about);
	now = rdtsc();
	do {
		last = now;
		now = rdtsc();
		if (++polls > MAX_POLLS)
			return false;
	} while (!(inb(PIT_GATE_PORT) & PIT_OUT));
	now = rdtsc();
	cycles->min = last - after;
	cycles->max = now - before;
	return polls > 1;			/* else it was over before the first look */
}

static struct bracket to_hz(struct bracket cycles, unsigned int ticks)
{
	return (struct bracket){ mul_div(cycles.min, PIT_HZ, ticks), mul_div(cycles.max, PIT_HZ, ticks) };
}

/*
 * A first, rough answer says how long to wait before polling for the fine one. A host too busy to
 * let us look even once before the end gets a longer time to do so.
 */
static bool tsc_measure(struct bracket *hz)
{
	struct bracket rough, fine, best;
	unsigned int ticks = ROUGH_TICKS, try;

	while (!pit_measure(ticks, 0, &rough)) {
		ticks *= 2;
		if (ticks > PIT_MAX_TICKS)
			return false;
	}
	best = to_hz(rough, ticks);
	for (try = 0; try < MAX_TRIES && !good_enough(best); try++) {
		if (!pit_measure(FINE_TICKS, rough.min * FINE_TICKS / ticks / 16 * 15, &fine))
			continue;
		fine = to_hz(fine, FINE_TICKS);
		if (better(fine, best))
			best = fine;
	}
	*hz = best;
	return best.min != 0;
}

/* CPUID may simply say it: crystal frequency times a ratio. Intel SDM, CPUID leaf 15H. */
static u64 tsc_hz_cpuid(void)
{
	struct cpuid_regs r;

	if (cpuid(0, 0).eax < CPUID_TSC)
		return 0;
	r = cpuid(CPUID_TSC, 0);
	if (!r.eax || !r.ebx || !r.ecx)
		return 0;
	return (u64)r.ecx * r.ebx / r.eax;
}

static u64 tsc_hz(void)
{
	u64 hz = tsc_hz_cpuid();
	struct bracket b;

	if (hz)
		return hz;
	if (!tsc_measure(&b))
		panic("the 8254 timer does not count: no clock to measure the TSC with");
	return roundest(b);
}

/* ---- the alarm ---- */

static struct bracket lapic_measure_once(u64 hz)
{
	u64 before, after, last, now;
	struct bracket b;
	u32 clocks;

	before = rdtsc();
	lapic_timer_start(~0U);
	after = rdtsc();
	spin_until(after + hz / 1000 * LAPIC_MS);
	last = rdtsc();
	clocks = ~0U - lapic_timer_left();
	now = rdtsc();
	lapic_timer_start(0);

	b.min = mul_div(clocks, hz, now - before);
	b.max = mul_div((u64)clocks + 1, hz, last - after);
	return b;
}

static u64 lapic_hz(u64 hz)
{
	struct bracket b, best = { 0, ~0UL };
	unsigned int try;

	for (try = 0; try < MAX_TRIES && !good_enough(best); try++) {
		b = lapic_measure_once(hz);
		if (better(b, best))
			best = b;
	}
	if (!best.min)
		panic("the local APIC's timer does not count");
	return roundest(best);
}

/* ---- for kernel/time ---- */

/* Interrupts off: no alarm is wanted, and readings are to lie close together. */
void tsc_init(void)
{
	unsigned long flags = local_irq_save();
	u64 hz = tsc_hz();
	u64 timer_hz = lapic_hz(hz);

	tsc_mult = mul_div(NSEC_PER_SEC, 1UL << 32, hz);
	lapic_mult = mul_div(timer_hz, 1UL << 32, NSEC_PER_SEC);
	tsc_base = rdtsc();
	local_irq_restore(flags);
	printk("tsc: %lu kHz, APIC timer %lu kHz\n", hz / 1000, timer_hz / 1000);
}

ktime_t clock_read(void)
{
	return mul_shift32(rdtsc() - tsc_base, tsc_mult);
}

/*
 * Interrupt at @expires or a little after; at once if that is past. Beyond what the timer can hold
 * it interrupts too early, and whoever looks at the clock then programs it again. KTIME_MAX: never.
 */
void clockevent_program(ktime_t expires)
{
	ktime_t now = clock_read();
	u64 clocks = 0;

	if (expires == KTIME_MAX) {
		lapic_timer_start(0);
		return;
	}
	if (expires > now)
		clocks = mul_shift32(expires - now, lapic_mult);
	lapic_timer_start(clocks < ~0U ? (u32)clocks + 1 : ~0U);
}
