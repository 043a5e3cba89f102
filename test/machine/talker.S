# A guest for tests, small enough for a boot sector: asks for a word on the serial port, over and over, and obeys it.
#   off     ends the machine     wait    waits for the power button, then ends it
#   keep    writes "kept" to the second disk, to which it says "found" when it has read that from it
#   others  are greeted
        .code16
        .globl start
start:  cli
        cld
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        # Sector 0 of the second disk, if there is one, to 0x8000.
        movw    $0x0201, %ax
        call    disk
        cmpl    $0x7470656b, 0x8000     # "kept"
        jne     ask
        movw    $found, %si
        call    say
ask:    movw    $question, %si
        call    say
        movw    $word, %di
next:   movw    $0x3fd, %dx
        inb     %dx, %al
        testb   $1, %al
        jz      next
        movw    $0x3f8, %dx
        inb     %dx, %al
        cmpb    $'\r', %al
        je      obey
        outb    %al, %dx                # as terminals echo
        stosb
        jmp     next
obey:   movb    $0, (%di)
        cmpw    $0x666f, word           # "of"
        je      off
        cmpw    $0x656b, word           # "ke"
        je      keep
        cmpw    $0x6177, word           # "wa"
        je      wait
        movw    $hello, %si
        call    say
        movw    $word, %si
        call    say
        movw    $line, %si
        call    say
        jmp     ask

keep:   movl    $0x7470656b, 0x8000
        movw    $0x0301, %ax
        call    disk
        jmp     ask

        # ACPI registers of QEMU's q35: status at 0x600, enable at 0x602 (bit 8: power button), control at 0x604.
wait:   movw    $0x602, %dx
        movw    $0x100, %ax
        outw    %ax, %dx
        movw    $waiting, %si
        call    say
poll:   movw    $0x600, %dx
        inw     %dx, %ax
        testb   $1, %ah
        jz      poll
off:    movw    $0x604, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
        hlt

        # Reads or writes one sector (INT 13h).
disk:   movw    $0x8000, %bx
        movw    $1, %cx
        movw    $0x0081, %dx
        int     $0x13
        ret

say:    lodsb
        testb   %al, %al
        jz      said
        movw    $0x3f8, %dx
        outb    %al, %dx
        jmp     say
said:   ret

question: .asciz "word? "
hello:  .asciz "\r\n\033[1mhello\033[0m "
waiting: .asciz "\r\nwaiting"
found:  .asciz "found\r\n"
line:   .asciz "\r\n"
word:
        .org    510
        .word   0xaa55
