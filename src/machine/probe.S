# The smallest guest that tells whether an accelerator works: a boot sector that does what every kernel does first.
# Firmware has run in 16 and 32 bits when it starts; it turns paging on, enters 64-bit mode, computes with SSE2
# (which amd64 compilers assume) and says so on the first serial port. `probe.ts` has it assembled:
#   as --32 probe.S -o probe.o && ld -m elf_i386 -Ttext=0x7c00 --oformat binary -e start probe.o -o probe.bin
        .code16
        .globl start
start:  cli
        cld
        xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp

        # Page tables from 0x1000: the first 2 MiB where they are.
        movw    $0x1000, %di
        movw    $0x3000 / 4, %cx
        rep stosl
        movl    $0x2003, 0x1000
        movl    $0x3003, 0x2000
        movl    $0x0083, 0x3000
        movl    $0x1000, %eax
        movl    %eax, %cr3

        movl    $0x220, %eax            # CR4: PAE, OSFXSR
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx       # EFER: long mode
        rdmsr
        orl     $0x100, %eax
        wrmsr
        movl    %cr0, %eax
        andl    $~4, %eax               # CR0: the floating point unit is there
        orl     $0x80000003, %eax       # CR0: paging, protection
        movl    %eax, %cr0
        lgdt    gdtr
        ljmpl   $8, $long

        .code64
long:   movl    $16, %eax
        movl    %eax, %ds
        movl    %eax, %ss
        # Two sums at once: 3 + 4 and 5 + 6, which are 7 and 11.
        movl    $addends, %esi
        movups  (%rsi), %xmm0
        movups  16(%rsi), %xmm1
        paddq   %xmm1, %xmm0
        movq    %xmm0, %rax
        psrldq  $8, %xmm0
        movq    %xmm0, %rbx
        imulq   %rbx, %rax
        cmpq    $77, %rax
        jne     stop
        movl    $text, %esi
next:   lodsb   (%rsi), %al
        testb   %al, %al
        jz      stop
        movb    %al, %ah
        movw    $0x3fd, %dx             # wait until the port can take one more
ready:  inb     %dx, %al
        testb   $0x20, %al
        jz      ready
        movb    %ah, %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        jmp     next
stop:   hlt
        jmp     stop

        .balign 8
gdt:    .quad   0
        .quad   0x00209a0000000000
        .quad   0x0000920000000000
gdtr:   .word   . - gdt - 1
        .long   gdt
addends:
        .quad   3, 5, 4, 6
text:   .asciz  "probe: 64 bits\r\n"
        .org    510
        .word   0xaa55
