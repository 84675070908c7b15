/*
 * cow.c - sharing until the first change, the rare steps. See cow.h.
 *
 * The lock is held while a copy is made: no holder can leave meanwhile, so whoever splits is never the
 * last to let go of the original. And who finds itself alone afterwards sees all reading done.
 */
#include <tine/cow.h>
#include <tine/printk.h>

/* Lock held. */
static struct cow *take_spare(struct cow *cow)
{
	struct cow *spare = cow->spare;

	assert(spare);
	cow->spare = spare->spare;
	return spare;
}

void cow_get(struct cow *cow, struct cow *spare)
{
	spin_lock(&cow->lock);
	spare->spare = cow->spare;
	cow->spare = spare;
	cow->count++;
	spin_unlock(&cow->lock);
}

struct cow *cow_split(struct cow *cow, void (*copy)(struct cow *to, const struct cow *from))
{
	struct cow *mine = NULL;

	spin_lock(&cow->lock);
	if (cow->count > 1) {
		mine = take_spare(cow);
		cow_init(mine);
		copy(mine, cow);
		smp_store_release(&cow->count, cow->count - 1);
	}
	spin_unlock(&cow->lock);
	return mine;
}

struct cow *cow_put(struct cow *cow)
{
	struct cow *unused = cow;

	if (cow_is_own(cow))
		return cow;
	spin_lock(&cow->lock);
	if (cow->count > 1)
		unused = take_spare(cow);
	smp_store_release(&cow->count, cow->count - 1);
	spin_unlock(&cow->lock);
	return unused;
}
