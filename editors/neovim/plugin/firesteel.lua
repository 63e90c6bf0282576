-- The command and the <Plug> maps; nothing else is loaded until one of them is used, and no key is taken.

if vim.g.loaded_firesteel then
  return
end
vim.g.loaded_firesteel = true

vim.api.nvim_create_user_command('Firesteel', function(args)
  require('firesteel.command').run(args)
end, {
  nargs = '*',
  range = true,
  desc = 'Firesteel: a menu, or what is named',
  complete = function(lead, line)
    return require('firesteel.command').complete(lead, line)
  end,
})

for name, description in pairs({
  accept = 'accept the suggestion',
  accept_word = "accept the suggestion's next word",
  accept_line = "accept the suggestion's first line",
  next = 'show the next suggestion',
  trigger = 'ask for a suggestion',
}) do
  local plug = ('<Plug>(firesteel-%s)'):format(name:gsub('_', '-'))
  vim.keymap.set('i', plug, function()
    require('firesteel')[name]()
  end, { desc = 'Firesteel: ' .. description })
end
vim.keymap.set({ 'n', 'x' }, '<Plug>(firesteel-action)', '<Cmd>Firesteel action<CR>', { desc = 'Firesteel: actions' })
vim.keymap.set(
  { 'n', 'i' },
  '<Plug>(firesteel-next-edit)',
  '<Cmd>Firesteel next_edit<CR>',
  { desc = 'Firesteel: make the last edit at its next place' }
)
vim.keymap.set('n', '<Plug>(firesteel-cancel)', '<Cmd>Firesteel cancel<CR>', { desc = 'Firesteel: cancel' })
