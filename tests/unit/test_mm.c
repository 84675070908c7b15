// sources: lib/rbtree.c lib/refcount.c
/*
 * Address spaces on the host (see mm_host.h): thousands of random mmap, munmap, mprotect, madvise,
 * mremap, fork, exit and truncate calls, with and without failing allocations, on ranges that lie
 * across the borders of tables of every level; beside them a model that knows what each byte must
 * be. Every few steps the audit recounts the references of every frame and the index of every
 * table, and compares the TLBs with the tables. At the end nothing is left.
 */
#include "include/mm_host.h"

/* ---- the model ---- */

static unsigned int rnd_range(unsigned int *first)
{
	*first = rnd(NR_PAGES);
	return 1 + rnd(CLUSTER_PAGES - *first % CLUSTER_PAGES);
}

static u64 file_pages(void)
{
	return file_inode.i_data.size >> PAGE_SHIFT;
}

static void do_access(struct model_mm *model, unsigned int i, bool write)
{
	struct model_page *page = &model->page[i];
	unsigned int result, expected = 0;
	u8 value = write ? rnd(256) : 0;

	if (!page->mapped)
		expected = VM_FAULT_MAPERR;
	else if (write ? !page->writable : !page->readable)
		expected = VM_FAULT_ACCERR;
	else if (page->file && !page->own && page->index >= file_pages())
		expected = VM_FAULT_SIGBUS;
	result = cpu_access(model, i, write, &value);
	if (result & VM_FAULT_OOM)
		return;
	assert_int_equal(result, expected);
	if (result)
		return;
	if (!write) {
		assert_int_equal(value, page->own ? page->value : page->file ? file_value[page->index] : 0);
	} else if (page->shared) {
		file_value[page->index] = value;
	} else {
		page->own = true;
		page->value = value;
	}
}

static void do_map(struct model_mm *model)
{
	static const unsigned long prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	};
	unsigned int first, n = rnd_range(&first), i, kind = rnd(4), index = rnd(FILE_PAGES - CLUSTER_PAGES);
	unsigned long prot = prots[rnd(4)], ret;
	unsigned long flags = MAP_FIXED | (kind == 3 ? MAP_SHARED : MAP_PRIVATE) |
			      (kind == 2 || rnd(4) ? 0 : MAP_POPULATE);	/* would copy private pages at once */

	ret = do_mmap(kind >= 2 ? &test_file : NULL, addr_of(first), n * PAGE_SIZE, prot,
		      flags | (kind < 2 ? MAP_ANONYMOUS : 0), index);
	if (ret == (unsigned long)-ENOMEM)
		return;
	assert_int_equal(ret, addr_of(first));
	for (i = 0; i < n; i++)
		model->page[first + i] = (struct model_page) {
			.mapped = true, .file = kind >= 2, .shared = kind == 3, .index = index + i,
			.readable = prot != PROT_NONE, .writable = prot & PROT_WRITE,
		};
}

static void do_unmap(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first);

	if (!sys_munmap(addr_of(first), n * PAGE_SIZE))
		memset(&model->page[first], 0, n * sizeof(struct model_page));
}

static void do_protect(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first), i;
	unsigned long prot = rnd(3) == 0 ? PROT_NONE : rnd(2) ? PROT_READ : PROT_READ | PROT_WRITE;
	long ret;

	fail_in = 0;	/* else the model could not know how far it got */
	ret = sys_mprotect(addr_of(first), n * PAGE_SIZE, prot);
	for (i = first; i < first + n && model->page[i].mapped; i++) {
		model->page[i].readable = prot != PROT_NONE;
		model->page[i].writable = prot & PROT_WRITE;
	}
	assert_int_equal(ret, i < first + n ? -ENOMEM : 0);
}

static void do_advise(struct model_mm *model)
{
	unsigned int first, n = rnd_range(&first), i;
	bool hole = false;
	long ret;

	fail_in = 0;
	ret = sys_madvise(addr_of(first), n * PAGE_SIZE, MADV_DONTNEED);
	for (i = first; i < first + n; i++) {
		hole |= !model->page[i].mapped;
		model->page[i].own = false;
	}
	assert_int_equal(ret, hole ? -ENOMEM : 0);
}

static void do_advise_fork(struct model_mm *model)
{
	static const int advice[] = { MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK };
	unsigned int i = rnd(NR_PAGES), kind = rnd(4);
	struct model_page *page = &model->page[i];
	long ret = sys_madvise(addr_of(i), PAGE_SIZE, advice[kind]);

	if (ret == -EAGAIN)
		return;
	if (!page->mapped)
		assert_int_equal(ret, -ENOMEM);
	else if (kind == 2 && page->file)
		assert_int_equal(ret, -EINVAL);
	else
		assert_int_equal(ret, 0);
	if (ret)
		return;
	if (kind < 2)
		page->dontfork = kind == 0;
	else
		page->wipe = kind == 2;
}

/* After a failed move the target may be unmapped, nothing else may have changed. */
static void resync(struct model_mm *model, unsigned int first, unsigned int n)
{
	for (; n--; first++)
		if (!vma_at(model->mm, addr_of(first)))
			model->page[first] = (struct model_page) { 0 };
}

static void do_move(struct model_mm *model)
{
	unsigned int from, to, old = rnd_range(&from), new = rnd_range(&to), i;
	struct model_page moved[CLUSTER_PAGES];
	bool keep = old == new && rnd(2);
	long ret = sys_mremap(addr_of(from), old * PAGE_SIZE, new * PAGE_SIZE,
			      MREMAP_MAYMOVE | MREMAP_FIXED | (keep ? MREMAP_DONTUNMAP : 0), addr_of(to));

	if (ret < 0) {
		resync(model, to, new);
		if (new < old)
			resync(model, from + new, old - new);
		return;
	}
	assert_int_equal(ret, addr_of(to));
	memcpy(moved, &model->page[from], sizeof(moved[0]) * old);
	for (i = old; i < new; i++) {
		moved[i] = moved[old - 1];
		moved[i].own = false;
		moved[i].index = moved[0].index + i;
	}
	for (i = 0; i < old; i++) {
		model->page[from + i].own = false;
		if (!keep)
			model->page[from + i] = (struct model_page) { 0 };
	}
	memcpy(&model->page[to], moved, sizeof(moved[0]) * new);
}

static void do_exit_mm(struct model_mm *model)
{
	mmput(model->mm);
	memset(model, 0, sizeof(*model));
}

static int host_dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	int err;

	mutex_lock(&oldmm->mmap_lock);
	mutex_lock(&mm->mmap_lock);
	err = mm_share_map(mm, oldmm);
	host_copy_leaf = (int)rnd(12) - 2;
	host_copy_upper = (int)rnd(3) - 1;
	if (!err)
		err = copy_page_range(mm, oldmm, addr_of(rnd(NR_PAGES)));
	mutex_unlock(&mm->mmap_lock);
	mutex_unlock(&oldmm->mmap_lock);
	return err;
}

static void do_fork_mm(struct model_mm *model)
{
	struct model_mm *child = &mms[rnd(MAX_MMS)];
	unsigned int i;

	if (child->mm)
		return;
	child->mm = mm_alloc_bare();
	if (!child->mm)
		return;
	if (host_dup_mmap(child->mm, model->mm)) {
		do_exit_mm(child);
		return;
	}
	for (i = 0; i < NR_PAGES; i++) {
		child->page[i] = model->page[i];
		if (model->page[i].dontfork)
			child->page[i] = (struct model_page) { 0 };
		else if (model->page[i].wipe)
			child->page[i].own = false;
	}
	for (i = 0; i < NR_PAGES && rnd(4); i++)
		do_access(rnd(2) ? child : model, rnd(NR_PAGES), rnd(2));
	for (i = 0; i < NR_PAGES; i++)
		do_access(child, i, false);
}

static void do_truncate(void)
{
	u64 pages = rnd(FILE_PAGES + 1);
	unsigned int m, i;

	truncate_mapping(&file_inode.i_data, pages << PAGE_SHIFT);
	for (i = pages; i < FILE_PAGES; i++)
		file_value[i] = 0;
	for (m = 0; m < MAX_MMS; m++)
		for (i = 0; i < NR_PAGES; i++)
			if (mms[m].page[i].file && mms[m].page[i].index >= pages)
				mms[m].page[i].own = false;
}

/* A debugger's write: through protections, never into what others see. */
static void do_poke(struct model_mm *model)
{
	unsigned int i = rnd(NR_PAGES);
	struct model_page *page = &model->page[i];
	bool may = page->mapped && (!page->shared || page->writable);
	u8 value = rnd(256);
	size_t done;

	if (page->file && !page->own && page->index >= file_pages())
		may = false;
	done = access_mm(model->mm, addr_of(i) + 17, &value, 1, true);
	assert_true(done <= may);
	assert_true(done == may || !fail_in);
	if (!done)
		return;
	if (page->shared) {
		file_value[page->index] = value;
		return;
	}
	page->own = true;
	page->value = value;
}

static void random_step(void)
{
	struct model_mm *model = &mms[rnd(MAX_MMS)];
	unsigned int what = rnd(64), i;

	if (!model->mm) {
		if (rnd(8) == 0)
			model->mm = mm_alloc();
		return;
	}
	task.mm = model->mm;
	if (what < 38)
		for (i = 0; i < 16; i++)
			do_access(model, rnd(NR_PAGES), rnd(2));
	else if (what < 45)
		do_map(model);
	else if (what < 48)
		do_unmap(model);
	else if (what < 51)
		do_protect(model);
	else if (what < 53)
		do_advise(model);
	else if (what < 55)
		do_advise_fork(model);
	else if (what < 58)
		do_move(model);
	else if (what < 60)
		do_poke(model);
	else if (what < 62)
		do_fork_mm(model);
	else if (what == 62)
		do_truncate();
	else if (rnd(2))
		do_exit_mm(model);
	else
		mm_take_back(model->mm);
}

static void end_all(void)
{
	unsigned int m;

	fail_in = 0;
	for (m = 0; m < MAX_MMS; m++)
		if (mms[m].mm)
			do_exit_mm(&mms[m]);
	truncate_mapping(&file_inode.i_data, 0);
	audit();
	assert_int_equal(objects_used, 0);
	assert_int_equal(frames_used, table_cache.nr);
	assert_int_equal(ledger_counts[LEDGER_VMAS], 0);
	assert_int_equal(ledger_counts[LEDGER_MM], 0);
	assert_int_equal(ledger_counts[LEDGER_FRAME_REFS], 0);
	assert_int_equal(refcount_read(&test_file.f_count), 1);
}

static void run_random(unsigned int fail_of)
{
	unsigned int round, step;

	for (round = 0; round < 20; round++) {
		seed = round * 977 + fail_of;
		file_inode.i_data.size = FILE_PAGES << PAGE_SHIFT;
		memset(file_value, 0, sizeof(file_value));
		for (step = 0; step < 3000; step++) {
			fail_in = fail_of ? rnd(fail_of) : 0;
			random_step();
			if (step % 4 == 0)
				audit();
		}
		end_all();
	}
}

static void test_random(void **state)
{
	run_random(0);
}

static void test_random_failing(void **state)
{
	run_random(24);
	run_random(7);
}

/* ---- what a random walk does not show ---- */

static void test_mmap_errors(void **state)
{
	const unsigned long anon = MAP_PRIVATE | MAP_ANONYMOUS, big = (FRAMES + 1) * PAGE_SIZE;
	struct mm_struct *mm = mm_alloc();
	unsigned long at;

	task.mm = mm;
	assert_int_equal(do_mmap(NULL, 0, 0, 0, anon, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 0, -1UL, 0, anon, 0), -ENOMEM);
	assert_int_equal(do_mmap(NULL, 0, 4096, 0, MAP_ANONYMOUS, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 1, 4096, 0, anon | MAP_FIXED, 0), -EINVAL);
	assert_int_equal(do_mmap(NULL, 0x1000, 4096, 0, anon | MAP_FIXED, 0), -EPERM);
	assert_int_equal(do_mmap(NULL, TASK_SIZE, 4096, 0, anon | MAP_FIXED, 0), -ENOMEM);
	assert_int_equal(do_mmap(NULL, 0, big, PROT_WRITE, anon, 0), -ENOMEM);
	assert_int_equal(do_mmap(&test_file, 0, 8192, 0, MAP_PRIVATE, -1UL), -EOVERFLOW);
	at = do_mmap(NULL, 0, big, PROT_READ, anon, 0);
	assert_int_equal(at, mm->map->mmap_base - big);
	assert_int_equal(do_mmap(NULL, at, 4096, 0, anon | MAP_FIXED_NOREPLACE, 0), -EEXIST);
	assert_int_equal(sys_munmap(at + 1, 1), -EINVAL);
	assert_int_equal(sys_munmap(at, 0), -EINVAL);
	assert_int_equal(sys_munmap(TASK_SIZE, 4096), -EINVAL);
	mmput(mm);
	end_all();
}

/* Mappings that could be one are one; freed gaps are found again, highest first. */
static void test_merge_and_gaps(void **state)
{
	struct mm_struct *mm = mm_alloc();
	unsigned long at[100], i;

	task.mm = mm;
	for (i = 0; i < 100; i++)
		at[i] = do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	assert_int_equal(at[99], mm->map->mmap_base - 100 * 4096);
	assert_int_equal(mm->map->map_count, 1);
	assert_int_equal(sys_mprotect(at[50], 4096, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(mm->map->map_count, 3);
	assert_int_equal(sys_mprotect(at[50], 4096, PROT_READ), 0);
	assert_int_equal(mm->map->map_count, 1);
	sys_munmap(at[30], 4096);
	sys_munmap(at[10], 4096);
	assert_int_equal(do_mmap(NULL, 0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[99] - 8192);
	assert_int_equal(do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[10]);
	assert_int_equal(do_mmap(NULL, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0), at[30]);
	assert_int_equal(mm->map->map_count, 1);
	mmput(mm);
	end_all();
}

/* Shared anonymous memory is one memory over a fork; its last page goes with the last mapping. */
static void test_shared_anonymous(void **state)
{
	struct model_mm *parent = &mms[0], *child = &mms[1];
	unsigned long addr = addr_of(3);
	u8 value = 77;

	parent->mm = mm_alloc();
	child->mm = mm_alloc_bare();
	task.mm = parent->mm;
	assert_int_equal(do_mmap(NULL, addr, 3 * PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, 0), addr);
	assert_int_equal(host_dup_mmap(child->mm, parent->mm), 0);
	assert_int_equal(cpu_access(child, 4, true, &value), 0);
	value = 0;
	assert_int_equal(cpu_access(parent, 4, false, &value), 0);
	assert_int_equal(value, 77);
	audit();
	assert_int_equal(sys_madvise(addr + PAGE_SIZE, PAGE_SIZE, MADV_REMOVE), 0);
	assert_int_equal(cpu_access(child, 4, false, &value), 0);
	assert_int_equal(value, 0);
	audit();
	end_all();
}

/* A stack grows to its limit, and not into its neighbour. */
static void test_stack_growth(void **state)
{
	struct mm_struct *mm = mm_alloc();
	struct vm_area_struct *stack = vma_alloc();
	unsigned long top = STACK_TOP, below;

	task.mm = mm;
	stack->vm_start = top - 4 * PAGE_SIZE;
	stack->vm_end = top;
	stack->vm_flags = VM_STACK_FLAGS;
	vma_link(mm->map, stack);
	signal_state.rlim[RLIMIT_STACK].rlim_cur = 8 << 20;
	assert_int_equal(handle_mm_fault(mm, top - (8UL << 20), FAULT_FLAG_WRITE), 0);
	assert_int_equal(handle_mm_fault(mm, top - (8UL << 20) - 1, FAULT_FLAG_WRITE), VM_FAULT_MAPERR);
	signal_state.rlim[RLIMIT_STACK].rlim_cur = ~0ULL;
	below = top - (16UL << 20);
	do_mmap(NULL, below, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0);
	assert_int_equal(handle_mm_fault(mm, below + PAGE_SIZE + STACK_GUARD_GAP, 0), 0);
	assert_int_equal(handle_mm_fault(mm, below + PAGE_SIZE + STACK_GUARD_GAP - 1, 0), VM_FAULT_MAPERR);
	assert_int_equal(mm->map->total_vm, 1 + vma_pages(stack));
	mmput(mm);
	end_all();
}

/* While a child shares the mappings a stack needs memory to grow: its lack is not the program's fault. */
static void test_stack_without_memory(void **state)
{
	struct mm_struct *mm = mm_alloc(), *child = mm_alloc_bare();
	struct vm_area_struct *stack = vma_alloc();
	unsigned long below = STACK_TOP - 8 * PAGE_SIZE;

	task.mm = mm;
	stack->vm_start = STACK_TOP - 4 * PAGE_SIZE;
	stack->vm_end = STACK_TOP;
	stack->vm_flags = VM_STACK_FLAGS;
	vma_link(mm->map, stack);
	assert_int_equal(host_dup_mmap(child, mm), 0);
	fail_in = 2;		/* the first is the limit */
	assert_int_equal(handle_mm_fault(mm, below, FAULT_FLAG_WRITE), VM_FAULT_OOM);
	fail_in = 0;
	assert_int_equal(handle_mm_fault(mm, below, FAULT_FLAG_WRITE), 0);
	assert_int_equal(child->map->total_vm, 4);
	mmput(child);
	mmput(mm);
	end_all();
}

/* Pages at indices of all heights of the radix tree; without memory nothing stays behind. */
static void test_radix(void **state)
{
	static const u64 at[] = { 0, 63, 64, 4095, 4096, 1 << 20, 1ULL << 40, 1ULL << 51 };
	struct address_space *mapping = mapping_alloc(~0ULL);
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		for (n = 1; ; n++) {
			unsigned long objects = objects_used, frames = frames_used;
			struct page *page;

			fail_in = n;
			page = find_or_create_page(mapping, at[i]);
			fail_in = 0;
			if (!IS_ERR(page)) {
				put_page(page);
				break;
			}
			assert_int_equal(objects_used, objects);
			assert_int_equal(frames_used, frames);
		}
		assert_int_equal(mapping->nrpages, i + 1);
		assert_null(find_get_page(mapping, at[i] + 1));
	}
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		struct page *page = find_get_page(mapping, at[i]);

		assert_non_null(page);
		assert_int_equal(page->index, at[i]);
		put_page(page);
	}
	truncate_mapping(mapping, 4096 << PAGE_SHIFT);
	assert_int_equal(mapping->nrpages, 4);
	mapping_put(mapping);
	end_all();
}

static int setup(void **state)
{
	unsigned int i;

	mem_map = calloc(FRAMES, sizeof(*mem_map));
	current_task = &task;
	task.fail_nth = 1;
	task.signal = &signal_state;
	task.cred = &root_cred;
	for (i = 0; i < RLIM_NLIMITS; i++)
		signal_state.rlim[i].rlim_cur = ~0ULL;
	mm_init_caches();
	mapping_init(&file_inode.i_data);
	refcount_set(&test_file.f_count, 1);
	test_file.f_inode = &file_inode;
	test_file.f_mode = FMODE_READ | FMODE_WRITE;
	test_file.f_op = &file_ops;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mmap_errors),
		cmocka_unit_test(test_merge_and_gaps),
		cmocka_unit_test(test_shared_anonymous),
		cmocka_unit_test(test_stack_growth),
		cmocka_unit_test(test_stack_without_memory),
		cmocka_unit_test(test_radix),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_random_failing),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
