/* Wakes at each instant of a schedule that is never rebased, and says how late it was: what this machine can do. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static long long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int count, char **words) {
    if (count != 4) return 2;
    long long first = atoll(words[1]), every = atoll(words[2]);
    int firings = atoi(words[3]);
    long long *late = malloc(firings * sizeof *late);
    struct sched_param priority = {.sched_priority = 50};
    int fifo = sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
    mlockall(MCL_CURRENT | MCL_FUTURE);
    for (int i = 0; i < firings; i++) {
        long long due = first + i * every;
        struct timespec at = {due / 1000000000LL, due % 1000000000LL};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
        late[i] = now() - due;
    }
    fprintf(stderr, "%s\n", fifo ? "SCHED_FIFO 50" : "no SCHED_FIFO");
    for (int i = 0; i < firings; i++) printf("%lld\n", late[i]);
    return 0;
}
