/*
 * random.c - random bytes.
 *
 * A 256-bit key is stirred with what the machine offers (its generator, its cycle counter) and
 * never leaves this file. Each request encrypts zeros with it (ChaCha20, RFC 8439); the first 32
 * bytes of that stream become the next key before any byte is handed out, so that what was given
 * cannot be computed from what is left.
 */
#include <arch/random.h>
#include <tine/random.h>
#include <tine/spinlock.h>
#include <tine/string.h>

#define KEY_WORDS	8
#define BLOCK_WORDS	16
#define BLOCK_BYTES	(BLOCK_WORDS * sizeof(u32))
#define DOUBLE_ROUNDS	10

static DEFINE_SPINLOCK(random_lock);	/* irqs off */
static u32 random_key[KEY_WORDS];	/* random_lock */

static force_inline u32 rotl32(u32 x, unsigned int n)
{
	return x << n | x >> (32 - n);
}

static force_inline void quarter_round(u32 *x, unsigned int a, unsigned int b, unsigned int c, unsigned int d)
{
	x[a] += x[b]; x[d] = rotl32(x[d] ^ x[a], 16);
	x[c] += x[d]; x[b] = rotl32(x[b] ^ x[c], 12);
	x[a] += x[b]; x[d] = rotl32(x[d] ^ x[a], 8);
	x[c] += x[d]; x[b] = rotl32(x[b] ^ x[c], 7);
}

/* One block of key stream for @key; the counter is all that varies, so a key is used once. */
static void chacha20_block(const u32 key[KEY_WORDS], u64 counter, u32 out[BLOCK_WORDS])
{
	u32 in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };	/* expand 32-byte k */
	unsigned int i;

	memcpy(&in[4], key, KEY_WORDS * sizeof(u32));
	in[12] = (u32)counter;
	in[13] = (u32)(counter >> 32);
	memcpy(out, in, BLOCK_BYTES);
	for (i = 0; i < DOUBLE_ROUNDS; i++) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
}

/* random_lock held. */
static void stir(void)
{
	u64 word;

	random_key[0] ^= (u32)arch_cycles();
	random_key[1] ^= (u32)(arch_cycles() >> 32);
	if (arch_random(&word)) {
		random_key[2] ^= (u32)word;
		random_key[3] ^= (u32)(word >> 32);
	}
}

/* A key for one request; the state has moved on when this returns. */
static void take_key(u32 key[KEY_WORDS])
{
	unsigned long flags = spin_lock_irqsave(&random_lock);
	u32 block[BLOCK_WORDS];

	stir();
	chacha20_block(random_key, 0, block);
	memcpy(random_key, block, sizeof(random_key));
	memcpy(key, &block[KEY_WORDS], sizeof(random_key));
	spin_unlock_irqrestore(&random_lock, flags);
}

void random_init(void)
{
	u32 key[KEY_WORDS];
	unsigned int i;

	for (i = 0; i < KEY_WORDS; i++)	/* each takes 64 bits from the machine's generator */
		take_key(key);
}

void get_random_bytes(void *buf, size_t len)
{
	u32 key[KEY_WORDS], block[BLOCK_WORDS];
	u64 counter = 0;
	size_t n;

	take_key(key);
	for (; len; len -= n, buf = (u8 *)buf + n) {
		n = min(len, BLOCK_BYTES);
		chacha20_block(key, counter++, block);
		memcpy(buf, block, n);
	}
}
