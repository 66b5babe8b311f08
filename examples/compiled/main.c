/* A program of two files: cloche run examples/compiled -- 40 */
#include <stdio.h>
#include <stdlib.h>

#include "fibonacci.h"

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 20;
    printf("fibonacci(%d) = %lld\n", n, fibonacci(n));
    return 0;
}
